package saml

import "context"

// VerifyUninspected is what Finish does with an answer, without the look at its form that keeps wrappings away.
func (p *ServiceProvider) VerifyUninspected(ctx context.Context, xml []byte) (subject string, err error) {
	told, err := p.verify(ctx, message{xml: xml, signed: true}, p.store.now())
	if err != nil {
		return "", err
	}
	return told.Subject.NameID.Value, nil
}

// Inspect looks at the form of an answer.
func Inspect(xml []byte) error {
	_, err := inspect(xml)
	return err
}

// Sentences returns the sentence of each reason.
func Sentences() map[error]string {
	all := make(map[error]string)
	for _, e := range explained {
		all[e.err] = e.sentence
	}
	return all
}
