package samltest

import "github.com/beevik/etree"

// Wrappings are the eight ways to wrap what is signed in something that is not (Somorovsky and others, "On Breaking SAML: Be
// Whoever You Want to Be", 2012), as tampering with an answer. Each leaves the signed element as it was, elsewhere, and has
// another in its place that is of somebody else. Those of the response want a response that is signed, the others an assertion.
func Wrappings(email string) (ofResponse, ofAssertion map[string]func(*etree.Element)) {
	forge := func(e *etree.Element) *etree.Element { return forged(e, email) }
	ofResponse = map[string]func(*etree.Element){
		"XSW1: the signed response within the signature of another": func(root *etree.Element) {
			original := root.Copy()
			original.RemoveChild(original.SelectElement("Signature"))
			become(root, forge(root))
			root.SelectElement("Signature").AddChild(original)
		},
		"XSW2: the signed response before the signature of another": func(root *etree.Element) {
			original := root.Copy()
			original.RemoveChild(original.SelectElement("Signature"))
			become(root, forge(root))
			root.InsertChildAt(root.SelectElement("Signature").Index(), original)
		},
	}
	ofAssertion = map[string]func(*etree.Element){
		"XSW3: another assertion before the signed one": func(root *etree.Element) {
			original := root.SelectElement("Assertion")
			root.InsertChildAt(original.Index(), without(forge(original)))
		},
		"XSW4: the signed assertion within another": func(root *etree.Element) {
			original := root.SelectElement("Assertion")
			other := without(forge(original))
			root.RemoveChild(original)
			other.AddChild(original)
			root.AddChild(other)
		},
		"XSW5: another assertion with the signature, and the signed one after it": func(root *etree.Element) {
			original := root.SelectElement("Assertion")
			other := forge(original)
			root.RemoveChild(original)
			root.AddChild(other)
			root.AddChild(without(original))
		},
		"XSW6: the signed assertion within the signature of another": func(root *etree.Element) {
			original := root.SelectElement("Assertion")
			other := forge(original)
			root.RemoveChild(original)
			other.SelectElement("Signature").AddChild(without(original))
			root.AddChild(other)
		},
		"XSW7: another assertion within extensions": func(root *etree.Element) {
			original := root.SelectElement("Assertion")
			other := forged(original, email)
			other.CreateAttr("ID", original.SelectAttrValue("ID", ""))
			extensions := etree.NewElement("samlp:Extensions")
			extensions.AddChild(other)
			root.InsertChildAt(original.Index(), extensions)
		},
		"XSW8: the signed assertion within an object of the signature of another": func(root *etree.Element) {
			original := root.SelectElement("Assertion")
			other := forge(original)
			root.RemoveChild(original)
			object := etree.NewElement("ds:Object")
			object.AddChild(without(original))
			other.SelectElement("Signature").AddChild(object)
			root.AddChild(other)
		},
	}
	return ofResponse, ofAssertion
}

// forged returns an element as of somebody else, under another ID.
func forged(e *etree.Element, email string) *etree.Element {
	other := e.Copy()
	other.CreateAttr("ID", newID())
	for _, id := range other.FindElements(".//NameID") {
		id.SetText(email)
	}
	return other
}

// without returns a copy of an element without its signature.
func without(e *etree.Element) *etree.Element {
	bare := e.Copy()
	bare.RemoveChild(bare.SelectElement("Signature"))
	return bare
}

// become has a root be another, in its place.
func become(root, other *etree.Element) {
	root.Attr, root.Child = nil, nil
	for _, a := range other.Attr {
		name := a.Key
		if a.Space != "" {
			name = a.Space + ":" + a.Key
		}
		root.CreateAttr(name, a.Value)
	}
	for _, child := range append([]etree.Token(nil), other.Child...) {
		root.AddChild(child)
	}
}
