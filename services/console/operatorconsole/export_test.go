package operatorconsole

// SignOnLife is looked at by the tests from outside.
const SignOnLife = signOnLife
