//go:build deps

// Package deps keeps the chosen modules in go.mod until their first use lands.
package deps

import (
	_ "github.com/caarlos0/env/v11"
	_ "github.com/fergusstrange/embedded-postgres"
	_ "github.com/gin-gonic/gin"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/google/uuid"
	_ "github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"
	_ "github.com/maypok86/otter/v2"
	_ "github.com/pressly/goose/v3"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/schollz/progressbar/v3"
	_ "github.com/urfave/cli/v3"
	_ "golang.org/x/net/idna"
	_ "golang.org/x/sync/errgroup"
	_ "golang.org/x/sync/singleflight"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/text/secure/precis"
	_ "pgregory.net/rapid"
)
