package provider

import "github.com/askspoke/spoke/scim/schema"

// permit asks Permit.
func (c *call) permit(t *schema.ResourceType, write bool) error {
	if c.Permit == nil {
		return nil
	}
	return c.Permit(t, write)
}

// permitted is with for an operation that reads or writes resources of the type, after Permit was asked.
func permitted(t *schema.ResourceType, id string, write bool, op operation) operation {
	return with(t, id, func(c *call) (Response, error) {
		if err := c.permit(t, write); err != nil {
			return Response{}, err
		}
		return op(c)
	})
}

// readable returns the types that the client may read, at least one, or why it may read none.
func (c *call) readable() (types []*schema.ResourceType, err error) {
	for _, t := range c.Types {
		if refusal := c.permit(t, false); refusal != nil {
			err = refusal
			continue
		}
		types = append(types, t)
	}
	if len(types) > 0 || len(c.Types) == 0 {
		return types, nil
	}
	return nil, err
}
