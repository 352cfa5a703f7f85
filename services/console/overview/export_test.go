package overview

// Parts are what changes of the page.
var Parts = overviewParts
