package sign

// SetSign gives a JSON object the fields of Feishu's scheme.
func SetSign(object []byte, timestamp, made string) ([]byte, bool) {
	return setFields(object, field{"timestamp", timestamp}, field{"sign", made})
}
