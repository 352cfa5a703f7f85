package web

// Param is a part of the address that the route's pattern names.
func (x *Exchange) Param(name string) string { return x.gin.Param(name) }

// Query is a value of the address's query, "" where there is none.
func (x *Exchange) Query(name string) string { return x.gin.Query(name) }

// PostForm is a value of the form, "" where there is none.
func (x *Exchange) PostForm(name string) string { return x.gin.PostForm(name) }

// GetHeader is a header of the request, "" where there is none.
func (x *Exchange) GetHeader(name string) string { return x.gin.GetHeader(name) }

// Header sets a header of the answer; "" removes it.
func (x *Exchange) Header(name, value string) { x.gin.Header(name, value) }
