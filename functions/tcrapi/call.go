package tcrapi

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/shipbell/shipbell/shared/api"
	"github.com/shipbell/shipbell/shared/shipbell"
	"github.com/shipbell/shipbell/shared/tc3"
	"github.com/shipbell/shipbell/shared/text"
)

// call is a request whose signature was verified.
type call struct {
	action, version string
	// isFor reports whether it may be a call of a product.
	isFor func(product string) bool
	// parameters are a JSON object.
	parameters []byte
}

// paths are those that a client may have signed, the one that its request names first:
// with and without the path of the endpoint, which may be /tcr or one that an operator
// leads here, and with the slash that most SDKs put behind it. They all mean the same.
func paths(r *http.Request) []string {
	asked := cmp.Or(r.URL.EscapedPath(), "/")
	all := []string{asked}
	for _, endpoint := range []string{strings.TrimRight(asked, "/"), "", "/tcr"} {
		for _, slashes := range []string{"", "/", "//"} {
			if path := endpoint + slashes; path != "" && !slices.Contains(all, path) {
				all = append(all, path)
			}
		}
	}
	return all
}

// checkForm refuses a request of a form that no action has.
func checkForm(r *http.Request) error {
	// An error means that the type is another.
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); strings.HasPrefix(media, "multipart/") {
		return newFault("InvalidRequest", shipbell.Malformed, text.New(text.TCRMultipart))
	}
	return nil
}

// read reads a call and finds out whose it is.
func (d *Deps) read(r *api.Request) (call, error) {
	if err := checkForm(r.Request); err != nil {
		return call{}, err
	}
	body, err := api.ReadBody(r.Request, api.MaxBody)
	if err != nil {
		return call{}, err
	}
	hosts := []string{r.Host}
	if d.Host != "" && d.Host != r.Host {
		hosts = append(hosts, d.Host)
	}
	request := &tc3.Request{
		Method: r.Method, Hosts: hosts, Paths: paths(r.Request), Query: r.URL.RawQuery,
		Header: r.Header, Body: body, Secure: d.Secure || r.TLS != nil,
	}
	noteLanguage(request)
	signature, err := tc3.Read(request, d.Now())
	if err != nil {
		return call{}, signatureFault(err)
	}
	if r.Key, err = d.verify(r.Context(), signature); err != nil {
		return call{}, err
	}
	if signature.Parameters != nil {
		c := call{action: signature.Parameters["Action"], version: signature.Parameters["Version"], isFor: signature.For}
		c.parameters, err = unflatten(signature.Parameters)
		return c, err
	}
	c := call{
		action: r.Header.Get("X-TC-Action"), version: r.Header.Get("X-TC-Version"),
		isFor: signature.For, parameters: body,
	}
	switch {
	case r.Method == http.MethodGet:
		c.parameters, err = unflattenQuery(r.URL.RawQuery)
	case len(body) == 0:
		c.parameters = []byte("{}")
	}
	return c, err
}

// languageHeader names the language that a client reads.
const languageHeader = "X-TC-Language"

// noteLanguage puts the parameter Language of a request of v1 into the header that has
// its place in TC3.
func noteLanguage(r *tc3.Request) {
	if r.Header.Get("Authorization") != "" {
		return // TC3
	}
	// An error leaves no parameters here, and tc3.Read gives it again.
	if parameters, _ := r.Parameters(); parameters["Language"] != "" {
		r.Header.Set(languageHeader, parameters["Language"])
	}
}

// verify finds the access key that a signature was made with. One that is not known
// takes the same work as a wrong signature, although the codes tell them apart, as
// TCR's do: ids are no secrets.
func (d *Deps) verify(ctx context.Context, signature *tc3.Signature) (shipbell.AccessKey, error) {
	key, err := d.Router.Keys.AccessKey(ctx, signature.SecretID)
	if err != nil && shipbell.KindOf(err) != shipbell.NotFound {
		return shipbell.AccessKey{}, err
	}
	secret, sealed := key.Secret.Reveal()
	wrong := signature.Verify(secret)
	switch {
	case err != nil:
		return shipbell.AccessKey{}, newFault("AuthFailure.SecretIdNotFound", shipbell.Unauthorised, text.New(text.TCRSecretIDUnknown))
	case sealed != nil:
		return shipbell.AccessKey{}, sealed
	case wrong != nil:
		return shipbell.AccessKey{}, signatureFault(wrong)
	}
	return key, nil
}

// unflattenQuery is unflatten for what follows the question mark of a GET.
func unflattenQuery(query string) ([]byte, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, shipbell.NewError(shipbell.Malformed, text.TCRQueryUnreadable)
	}
	parameters := make(map[string]string, len(values))
	for name, list := range values {
		if len(list) > 1 {
			return nil, shipbell.InvalidField(name, text.TCRParameterTwice)
		}
		parameters[name] = list[0]
	}
	return unflatten(parameters)
}
