package source

import "strings"

// isAccessory reports whether a tag is one under which tools keep what belongs to another
// digest, such as signatures, attestations and SBOMs: it begins with the digest, whose
// colon is a dash, and anything may follow. A tag is too short for a whole SHA-512.
func isAccessory(tag string) bool {
	const digits = 64 // of the shortest digest, in hexadecimal
	for _, algorithm := range []string{"sha256-", "sha384-", "sha512-", "blake3-"} {
		if rest, ok := strings.CutPrefix(tag, algorithm); ok {
			return len(rest) >= digits && strings.Trim(rest[:digits], "0123456789abcdef") == ""
		}
	}
	return false
}
