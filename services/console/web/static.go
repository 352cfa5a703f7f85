package web

// static serves the files that pages load.
func (s *Console) static(x *Exchange) error {
	x.streams = true
	if !s.assets.Serve(x.Writer, x.Request) {
		x.streams = false
		return ErrNothingHere
	}
	x.status = x.gin.Writer.Status()
	return nil
}
