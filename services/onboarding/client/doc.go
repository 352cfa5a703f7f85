// Package client is the Go client of the tenant onboarding API, for the operator's own code. It is generated from
// services/onboarding/openapi.yaml; the documentation of the API itself is served at the API's host.
//
// [NewClientWithResponses] returns a client whose methods parse answers: of a call that succeeds the field of its status is
// set, such as JSON201, and of one that is refused ApplicationProblemJSONDefault. An export is a stream: read it by
// [Client.ExportTenant], which hands the response over as it comes.
package client
