package pgtest

import "errors"

// private starts the test process's own server on the first call and returns its URL.
func private() (string, error) {
	return "", errors.New("package infra/postgres is not there yet")
}
