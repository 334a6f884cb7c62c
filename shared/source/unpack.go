package source

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/text"
)

// maxEncodings is how many content encodings of one body are undone.
const maxEncodings = 4

// Unpack undoes the content encodings of a body, of which a relay on the way may add
// one: gzip and deflate. What comes of it is what the sender itself signed. An
// encoding that cannot be undone is an Unsupported error that names it, and a body of
// more than limit bytes is a TooLarge error.
func Unpack(h http.Header, body []byte, limit int64) ([]byte, error) {
	var encodings []string
	for one := range strings.SplitSeq(strings.Join(h.Values("Content-Encoding"), ","), ",") {
		one = strings.ToLower(strings.TrimSpace(one))
		if one != "" && one != "identity" {
			encodings = append(encodings, one)
		}
	}
	if len(encodings) > maxEncodings {
		return nil, shipbell.NewError(shipbell.Unsupported, text.BodyEncoding, brief(strings.Join(encodings, ", ")))
	}
	// The last one was applied last.
	for _, encoding := range slices.Backward(encodings) {
		var err error
		if body, err = unpack(encoding, body, limit); err != nil {
			return nil, err
		}
	}
	return body, nil
}

func unpack(encoding string, body []byte, limit int64) ([]byte, error) {
	var reader io.Reader
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		reader, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		reader, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return nil, shipbell.NewError(shipbell.Unsupported, text.BodyEncoding, brief(encoding))
	}
	if err != nil && isPlain(body) {
		return body, nil
	}
	var unpacked []byte
	if err == nil {
		unpacked, err = io.ReadAll(io.LimitReader(reader, limit+1))
	}
	switch {
	case int64(len(unpacked)) > limit:
		return nil, shipbell.NewError(shipbell.TooLarge, text.BodyTooLarge, limit>>10)
	case err != nil:
		return nil, shipbell.Wrap(shipbell.Unsupported, err, text.BodyNotUnpacked, encoding)
	}
	return unpacked, nil
}

// isPlain reports whether a body begins as JSON: a proxy that unpacks a body may leave
// the header as it was.
func isPlain(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte(byteOrderMark)), " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}
