package web

// Opening is what the page of a link shows, whose button uses it.
type Opening struct{ Title, Text, Button string }
