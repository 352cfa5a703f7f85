package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// bareCommand is the hidden command that makes this program the bare server.
const bareCommand = "bare-server"

// The environment of the bare server: it is no argument because it holds the database's password.
const (
	bareDatabase = "LOADTEST_DATABASE_URL"
	bareAddr     = "LOADTEST_ADDR"
)

func bareEnvironment(databaseURL string, s *server) []string {
	return []string{bareDatabase + "=" + databaseURL, bareAddr + "=" + s.addr}
}

// bare answers requests by plain statements and does nothing else; the package's comment says how. Its handlers stand
// beside the requests that they answer.
type bare struct {
	db             *sql.DB
	users, members string // the tables
	ready          ready
	digits         map[string]string // of each user's names, by the id
}

func serveBare(ctx context.Context) error {
	db, err := sql.Open("postgres", os.Getenv(bareDatabase))
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	schema, err := schemaOf(ctx, db, bareSlug)
	if err != nil {
		return err
	}
	s := &bare{db: db, users: schema.Table("users"), members: schema.Table("members")}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", os.Getenv(bareAddr))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func (s *bare) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET "+basePath+"/Users/{id}", s.getUser)
	mux.HandleFunc("GET "+basePath+"/Users", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.RawQuery, "filter=") {
			s.findUser(w, r)
		} else {
			s.listUsers(w, r)
		}
	})
	mux.HandleFunc("POST "+basePath+"/Users", s.createUser)
	mux.HandleFunc("PATCH "+basePath+"/Users/{id}", s.patchUser)
	mux.HandleFunc("PATCH "+basePath+"/Groups/{id}", s.changeMember)
	mux.HandleFunc("POST "+basePath+"/Tenants", s.createSchema)
	return mux
}

// answer writes an answer, or 500 with the error, which ends the run.
func (s *bare) answer(w http.ResponseWriter, status int, body []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if body != nil {
		w.Header().Set("Content-Type", "application/scim+json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone ends the run by itself
}

// readBody returns a request's body, which is text: lib/pq would send bytes as bytea.
func readBody(r *http.Request) (string, error) {
	body, err := io.ReadAll(r.Body)
	return string(body), err
}
