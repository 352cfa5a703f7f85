package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// profile drives Spoke once more, when asked to, and fetches a CPU profile of it meanwhile. It is no part of the
// figures, since taking a profile costs time.
func (b *bench) profile(ctx context.Context, name string, d *driver) error {
	if b.options.profile == "" {
		return nil
	}
	const taken = 5 * time.Second
	u := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", b.metrics, int(taken.Seconds()))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		err := fetch(ctx, u, filepath.Join(b.options.profile, name+".pprof"))
		if errors.Is(err, errNoProfile) {
			notef("%s: %v", name, err)
			return nil
		}
		return err
	})
	group.Go(func() error {
		_, err := d.round(ctx, taken+time.Second/2)
		return err
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("take a profile: %w", err)
	}
	return nil
}

var errNoProfile = errors.New("spoke's metrics port serves no pprof, so there is no profile")

// fetch writes what a URL answers to a file.
func fetch(ctx context.Context, u, file string) (err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errNoProfile
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, response.Body)
	return err
}
