package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// SealKeySize is the size of a sealing key in bytes, for AES-256.
const SealKeySize = 32

// Sealer encrypts secrets with AES-256-GCM. A sealed text reads
// "s1.<key id>.<base64url of nonce, ciphertext and tag>".
type Sealer struct {
	first string // the id of the key that seals
	ring  map[string]cipher.AEAD
}

// NewSealer makes a sealer of a key ring: the first key seals, all of them open,
// so that a new key can be put in front of the old one. At most 2³² texts may be
// sealed with one key.
func NewSealer(keys ...[]byte) (*Sealer, error) {
	if len(keys) == 0 {
		return nil, errors.New("no sealing key")
	}
	s := &Sealer{ring: map[string]cipher.AEAD{}}
	for i, key := range keys {
		if len(key) != SealKeySize {
			return nil, fmt.Errorf("sealing key %d has %d bytes, not %d", i+1, len(key), SealKeySize)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("sealing key %d: %w", i+1, err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("sealing key %d: %w", i+1, err)
		}
		sum := sha256.Sum256(key)
		id := hex.EncodeToString(sum[:4])
		if i == 0 {
			s.first = id
		}
		s.ring[id] = aead
	}
	return s, nil
}

// ParseSealKeys reads a key ring: keys of 32 bytes in standard base64, separated
// by commas or white space. A key may have "env:" in front.
func ParseSealKeys(text string) ([][]byte, error) {
	var keys [][]byte
	for i, field := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(field, "env:"))
		if err != nil || len(key) != SealKeySize {
			return nil, fmt.Errorf("sealing key %d is not %d bytes of base64", i+1, SealKeySize)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no sealing key")
	}
	return keys, nil
}

// NewSealKey makes a random key in the form that ParseSealKeys reads.
func NewSealKey() string {
	key := make([]byte, SealKeySize)
	rand.Read(key) // never fails
	return base64.StdEncoding.EncodeToString(key)
}

// Seal encrypts a text, bound to a context.
func (s *Sealer) Seal(context, text string) (string, error) {
	sealed := s.ring[s.first].Seal(nil, nil, []byte(text), []byte(context))
	return "s1." + s.first + "." + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Open decrypts what Seal made with the same context and a key of the ring.
func (s *Sealer) Open(context, sealed string) (string, error) {
	version, rest, _ := strings.Cut(sealed, ".")
	id, data, ok := strings.Cut(rest, ".")
	if version != "s1" || !ok {
		return "", errors.New("not a sealed text")
	}
	aead := s.ring[id]
	if aead == nil {
		return "", fmt.Errorf("sealed with key %q, which is not in the ring", id)
	}
	raw, err := base64.RawURLEncoding.DecodeString(data)
	if err != nil {
		return "", errors.New("not a sealed text")
	}
	text, err := aead.Open(nil, nil, raw, []byte(context))
	if err != nil {
		return "", errors.New("the sealed text was changed or belongs elsewhere")
	}
	return string(text), nil
}
