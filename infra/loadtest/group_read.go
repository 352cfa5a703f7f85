package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
)

// compareHeads reads a large group and a small one, both without their members.
func compareHeads(ctx context.Context, b *bench) ([]side, error) {
	large, err := b.makeGroups(ctx, "large head", 1, b.options.large)
	if err != nil {
		return nil, err
	}
	small, err := b.makeGroups(ctx, "small head", 1, smallGroup)
	return []side{
		{name: "spoke, large group", server: b.spoke, next: getHead(large)},
		{name: "spoke, small group", server: b.spoke, next: getHead(small)},
	}, err
}

func getHead(groups []string) func(client, n int) request {
	return func(int, int) request {
		return request{
			method: http.MethodGet, path: "/Groups/" + groups[0] + "?excludedAttributes=members", status: http.StatusOK,
			want: `"displayName":`, times: 1,
		}
	}
}

// readWhole reads a large group with all of its members.
func readWhole(ctx context.Context, b *bench) ([]side, error) {
	groups, err := b.makeGroups(ctx, "whole", 1, b.options.large)
	return []side{{name: "spoke", server: b.spoke, next: func(int, int) request {
		return request{
			method: http.MethodGet, path: "/Groups/" + groups[0], status: http.StatusOK,
			want: `"type":"User"`, times: b.options.large,
		}
	}}}, err
}

// held returns what Spoke's memory grew by, in parts of the answers that it was sending at once, and no number where the
// system does not say.
func (r result) held() float64 {
	if r.memory.peak == 0 {
		return math.NaN()
	}
	return float64(r.memory.peak-r.memory.before) / float64(r.clients*r.answer)
}

// sizes says how large an answer is and what Spoke's memory was.
func (r result) sizes() string {
	const mb = 1e6
	return fmt.Sprintf("%.1f MB in an answer, %d at once; Spoke's memory was %.0f MB before and %.0f MB at its peak",
		float64(r.answer)/mb, r.clients, float64(r.memory.before)/mb, float64(r.memory.peak)/mb)
}
