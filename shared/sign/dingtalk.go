package sign

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"

	"github.com/shipbell/shipbell/shared/shipbell"
)

// addDingTalk puts the time in milliseconds and its signature into the query, as robots of
// DingTalk want it.
func addDingTalk(m *Message, _ *shipbell.Target, secret string) (proofs []string, err error) {
	timestamp := strconv.FormatInt(m.At.UnixMilli(), 10)
	made := dingTalk(timestamp, secret)
	m.Query = shipbell.SetParameter(shipbell.SetParameter(m.Query, "timestamp", timestamp), "sign", made)
	return []string{made}, nil
}

// dingTalk signs a timestamp: the secret is the key, and part of what is signed.
func dingTalk(timestamp, secret string) string {
	return base64.StdEncoding.EncodeToString(sum([]byte(secret), []byte(timestamp+"\n"+secret)))
}

func checkDingTalk(r *Received, _ shipbell.Auth, secret string, now time.Time) (Proof, error) {
	if !r.Query.Has("sign") || !r.Query.Has("timestamp") {
		return Proof{}, fmt.Errorf("%w: the query has not both timestamp and sign", ErrUnsigned)
	}
	timestamp := r.Query.Get("timestamp")
	at, err := readTime("timestamp", timestamp, time.UnixMilli)
	if err != nil {
		return Proof{}, err
	}
	if !equal(r.Query.Get("sign"), dingTalk(timestamp, secret)) {
		return Proof{}, fmt.Errorf("%w: it was made with another secret, or for another timestamp; the body is not signed", ErrWrong)
	}
	return Proof{At: at}, inTime(at, now, ChatWindow)
}
