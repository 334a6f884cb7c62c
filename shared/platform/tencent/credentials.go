package tencent

import "fmt"

// credentials are what calls of Tencent Cloud are signed with. They implement
// common.CredentialIface of the SDK, whose own look into other places.
//
// They are read at each call: SCF renews those of a function's role by setting
// the environment anew at each invocation.
type credentials struct{ getenv func(string) string }

// openCredentials sees that a fixed key is either whole or not there.
func openCredentials(getenv func(string) string) (credentials, error) {
	for _, pair := range [][2]string{{varSecretID, varSecretKey}, {varSecretKey, varSecretID}} {
		if getenv(pair[0]) != "" && getenv(pair[1]) == "" {
			return credentials{}, fmt.Errorf("%s is not set, and %s is", pair[1], pair[0])
		}
	}
	return credentials{getenv}, nil
}

// GetCredential answers the id, the key and the token that belong together.
func (c credentials) GetCredential() (id, key, token string) {
	if id := c.getenv(varSecretID); id != "" {
		return id, c.getenv(varSecretKey), ""
	}
	return c.getenv("TENCENTCLOUD_SECRETID"), c.getenv("TENCENTCLOUD_SECRETKEY"), c.getenv("TENCENTCLOUD_SESSIONTOKEN")
}

// GetSecretId is one of GetCredential.
func (c credentials) GetSecretId() string {
	id, _, _ := c.GetCredential()
	return id
}

// GetSecretKey is one of GetCredential.
func (c credentials) GetSecretKey() string {
	_, key, _ := c.GetCredential()
	return key
}

// GetToken is one of GetCredential.
func (c credentials) GetToken() string {
	_, _, token := c.GetCredential()
	return token
}
