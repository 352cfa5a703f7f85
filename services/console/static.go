package console

import "github.com/askspoke/spoke/services/console/asset"

// assetRoutes serve the files that pages load.
func (s *Server) assetRoutes() []route {
	return []route{get(asset.Path+"*name", anyone, s.static)}
}

func (s *Server) static(x *exchange) error {
	x.streams = true
	if !s.assets.Serve(x.Writer, x.Request) {
		x.streams = false
		return errNothingHere
	}
	x.status = x.Writer.Status()
	return nil
}
