package client_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/askspoke/spoke/services/onboarding/client"
)

// A customer is onboarded in one call. With its Idempotency-Key it can be sent again when the answer was lost.
func ExampleClientWithResponses_CreateTenantWithResponse() {
	const url, key = "https://api.askspoke.com", "spo_…"
	c, err := client.NewClientWithResponses(url, client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	once := uuid.NewString() // kept until the call has succeeded
	r, err := c.CreateTenantWithResponse(context.Background(), &client.CreateTenantParams{IdempotencyKey: &once}, client.NewTenant{
		Slug: "acme", Token: &client.NewToken{Name: "Entra ID"},
	})
	switch {
	case err != nil:
		fmt.Println(err)
	case r.JSON201 != nil:
		fmt.Println(r.JSON201.Tenant.TenantURL, r.JSON201.Token.Secret)
	case r.ApplicationProblemJSONDefault != nil:
		fmt.Println(r.ApplicationProblemJSONDefault.Type, r.ApplicationProblemJSONDefault.Detail)
	}
}
