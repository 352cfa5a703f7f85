package provider

// Limits of a bulk request (RFC 7644 section 3.7.4). ServiceProviderConfig publishes both.
const (
	MaxBulkOperations = 1000
	MaxBulkSize       = 4 << 20 // bytes
)

const bulkPath = "/Bulk"

// bulk answers POST /Bulk.
func (c *call) bulk() (Response, error) { return notImplemented(c) }
