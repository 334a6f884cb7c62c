package safehttp

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// maxEncodings is how many content encodings of one body are undone.
const maxEncodings = 4

// decoded undoes the content encodings and the charset of a body, of which only the
// beginning may be there. What cannot be undone stays as it is.
func decoded(h http.Header, body []byte) []byte {
	var encodings []string
	for _, value := range h["Content-Encoding"] {
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.ToLower(strings.TrimSpace(one)); one != "" && one != "identity" {
				encodings = append(encodings, one)
			}
		}
	}
	if len(encodings) <= maxEncodings {
		for _, encoding := range slices.Backward(encodings) { // the last one was applied last
			body = unpacked(encoding, body)
		}
	}
	body = inUTF8(h.Get("Content-Type"), body)
	return body[:min(len(body), maxBodyBytes)]
}

// unpacked is a body without one encoding, at most maxBodyBytes of it.
func unpacked(encoding string, body []byte) []byte {
	var reader io.Reader
	var err error
	switch encoding {
	case "gzip", "x-gzip":
		reader, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		if reader, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			reader, err = flate.NewReader(bytes.NewReader(body)), nil // as some send it
		}
	default:
		return body
	}
	if err != nil {
		return body
	}
	// Of a body that was cut or is broken, what comes before is kept.
	plain, err := io.ReadAll(io.LimitReader(reader, maxBodyBytes))
	if err != nil && len(plain) == 0 {
		return body
	}
	return plain
}

// inUTF8 is a body in UTF-8, if its type names another charset, without a byte order mark.
func inUTF8(contentType string, body []byte) []byte {
	const byteOrderMark = "\xef\xbb\xbf"
	if strings.Contains(contentType, ";") { // most have no parameter, or are UTF-8
		_, parameters, _ := mime.ParseMediaType(contentType)
		charset := parameters["charset"]
		if charset != "" && !strings.EqualFold(charset, "utf-8") {
			if encoding, err := htmlindex.Get(charset); err == nil {
				if text, err := encoding.NewDecoder().Bytes(body); err == nil {
					body = text
				}
			}
		}
	}
	return bytes.TrimPrefix(body, []byte(byteOrderMark))
}
