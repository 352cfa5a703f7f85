package billing

// PlanID names a plan, as in a tenant's settings: "team".
type PlanID string

// A Plan is what is offered for sale.
type Plan struct {
	ID           PlanID
	Name         string
	Entitlements Entitlements
	// Base is charged for each month, and PerSeat for each seat that was in use in it.
	Base, PerSeat Money
}

// Monthly returns what a month with that many seats in use costs before taxes. It returns ErrCurrency when the plan
// mixes currencies, and ErrOverflow when the amount cannot be represented.
func (p Plan) Monthly(seats int) (Money, error) {
	usage, err := p.PerSeat.Times(int64(seats))
	if err != nil {
		return Money{}, err
	}
	return p.Base.Plus(usage)
}
