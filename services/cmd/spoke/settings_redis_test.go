package main

import "testing"

func TestRedisURL(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"": true, "redis://127.0.0.1:6379": true, "redis://localhost": true, "redis://[::1]:6379/1": true, "unix:///run/redis.sock": true,
		"rediss://:secret@redis.internal": true, "redis://:secret@redis.internal": false, "redis://10.0.0.7:6379": false, "redis": false,
	} {
		if err := (settings{RedisURL: url}).checkRedis(); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestTenantRequestsFollowThePool(t *testing.T) {
	t.Parallel()
	for connections, want := range map[int]int{2: 1, 8: 4, 16: 8, 32: 8, 64: 16, 200: 50} {
		if got := tenantRequests(connections); got != want {
			t.Errorf("%d connections: %d, want %d", connections, got, want)
		}
	}
}
