package console

// opening is what the page of a link shows, whose button uses it.
type opening struct{ Title, Text, Button string }
