package saml

// Other returns what the certificate says that is there besides while the key is changed, and false where there is none.
func (k KeyPair) Other() (Certificate, bool) {
	if k.other == nil {
		return Certificate{}, false
	}
	return k.other.Certificate(), true
}

// OtherDER returns that certificate, for providers that want it as a file; nil where there is none.
func (k KeyPair) OtherDER() []byte {
	if k.other == nil {
		return nil
	}
	return k.other.CertificateDER()
}

// With returns the key with another besides: from then on a provider can be told of both.
func (k KeyPair) With(other KeyPair) KeyPair {
	other.other = nil
	k.other = &other
	return k
}

// Turned returns the other key with this one besides: it signs, and what a provider still encrypts for this one is decrypted.
// Where there is no other it is the key itself.
func (k KeyPair) Turned() KeyPair {
	if k.other == nil {
		return k
	}
	return k.other.With(k)
}

// Alone returns the key without the other one.
func (k KeyPair) Alone() KeyPair {
	k.other = nil
	return k
}
