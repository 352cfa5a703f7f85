package overview

// CountUpTo and Parts are looked at by the tests from outside.
const CountUpTo = countUpTo

// Parts are what changes of the page.
var Parts = overviewParts
