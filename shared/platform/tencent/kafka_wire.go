package tencent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/shipbell/shipbell/shared/platform"
)

// The versions of the requests: those of Kafka 0.11, which all later ones know.
const (
	metadataVersion = 4
	produceVersion  = 3
)

// kafkaTimeout is how long a broker may take to answer, half of it for the
// replicas.
const kafkaTimeout = 4 * time.Second

// maxAnswer is how large an answer is believed to be.
const maxAnswer = 8 << 20

// link is a connection to a broker. One request is under way on it at a time.
type link struct {
	broker string
	conn   net.Conn // nil until it is needed, and after a failure
	used   time.Time
	number int32 // of the last request
}

var errAnswer = errors.New("kafka: the answer makes no sense")

// do sends a request and reads its answer. After an error the connection is gone.
func (l *link) do(ctx context.Context, request kmsg.Request) (answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, kafkaTimeout)
	defer cancel()
	if l.conn != nil && !platform.Fresh(l.used, time.Now(), time.Minute) {
		l.conn.Close()
		l.conn = nil
	}
	if l.conn == nil {
		if l.conn, err = new(net.Dialer).DialContext(ctx, "tcp", l.broker); err != nil {
			l.conn = nil
			return nil, fmt.Errorf("kafka: %w", err)
		}
	}
	conn := l.conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	answer, err = l.exchange(request)
	if !stop() { // it is closed, or about to be
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		l.conn = nil
		return nil, fmt.Errorf("kafka: broker %s: %w", l.broker, err)
	}
	l.used = time.Now()
	return answer, nil
}

func (l *link) exchange(request kmsg.Request) ([]byte, error) {
	l.number++
	format := kmsg.NewRequestFormatter(kmsg.FormatterClientID("shipbell"))
	if _, err := l.conn.Write(format.AppendRequest(nil, request, l.number)); err != nil {
		return nil, err
	}
	var head [8]byte // the length of what follows, and the number of the request
	if _, err := io.ReadFull(l.conn, head[:]); err != nil {
		return nil, err
	}
	size := int32(binary.BigEndian.Uint32(head[:4]))
	if size < 4 || size > maxAnswer || int32(binary.BigEndian.Uint32(head[4:])) != l.number {
		return nil, errAnswer
	}
	answer := make([]byte, size-4)
	_, err := io.ReadFull(l.conn, answer)
	return answer, err
}

// askLeaders asks a broker who leads the partitions of a topic.
func askLeaders(ctx context.Context, l *link, topic string) ([]partition, error) {
	request := kmsg.NewPtrMetadataRequest()
	request.SetVersion(metadataVersion)
	one := kmsg.NewMetadataRequestTopic()
	one.Topic = &topic
	request.Topics = append(request.Topics, one)
	data, err := l.do(ctx, request)
	if err != nil {
		return nil, err
	}
	answer := kmsg.NewPtrMetadataResponse()
	answer.SetVersion(metadataVersion)
	if err := answer.ReadFrom(data); err != nil || len(answer.Topics) != 1 {
		return nil, errAnswer
	}
	if err := kerr.ErrorForCode(answer.Topics[0].ErrorCode); err != nil {
		return nil, err
	}
	brokers := map[int32]string{}
	for _, b := range answer.Brokers {
		brokers[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	var found []partition
	for _, p := range answer.Topics[0].Partitions {
		if leader := brokers[p.Leader]; leader != "" {
			found = append(found, partition{p.Partition, leader})
		}
	}
	if len(found) == 0 {
		return nil, kerr.LeaderNotAvailable
	}
	return found, nil
}

// produce is a request to take messages.
type produce struct {
	kmsg.ProduceRequest
	now time.Time
}

func newProduce(topic string, now time.Time) *produce {
	p := &produce{kmsg.NewProduceRequest(), now}
	p.SetVersion(produceVersion)
	p.Acks, p.TimeoutMillis = -1, int32(kafkaTimeout/2/time.Millisecond) // all replicas
	one := kmsg.NewProduceRequestTopic()
	one.Topic = topic
	p.Topics = append(p.Topics, one)
	return p
}

// add puts some messages into a partition's batch.
func (p *produce) add(number int32, messages []platform.Message, some []int) {
	batch := kmsg.NewRecordBatch()
	batch.PartitionLeaderEpoch, batch.Magic = -1, 2
	// Neither idempotent nor in a transaction: what comes twice does no harm, and the
	// number that this takes would have to be fetched by every process first.
	batch.ProducerID, batch.ProducerEpoch, batch.FirstSequence = -1, -1, -1
	batch.FirstTimestamp, batch.MaxTimestamp = p.now.UnixMilli(), p.now.UnixMilli()
	batch.NumRecords, batch.LastOffsetDelta = int32(len(some)), int32(len(some)-1)
	for i, n := range some {
		record := kmsg.NewRecord()
		record.OffsetDelta, record.Key, record.Value = int32(i), []byte(messages[n].Group), messages[n].Body
		record.Length = int32(len(record.AppendTo(nil)) - 1) // without the byte of the length 0
		batch.Records = record.AppendTo(batch.Records)
	}
	const lengthAt, crcAt, afterCRC = 8, 17, 21 // in the batch
	data := batch.AppendTo(nil)
	binary.BigEndian.PutUint32(data[lengthAt:], uint32(len(data)-lengthAt-4))
	binary.BigEndian.PutUint32(data[crcAt:], crc32.Checksum(data[afterCRC:], crc32.MakeTable(crc32.Castagnoli)))
	one := kmsg.NewProduceRequestTopicPartition()
	one.Partition, one.Records = number, data
	p.Topics[0].Partitions = append(p.Topics[0].Partitions, one)
}

// do sends the request. failed tells what came of each partition's batch.
func (p *produce) do(ctx context.Context, l *link) (failed func(number int32) error, err error) {
	data, err := l.do(ctx, &p.ProduceRequest)
	if err != nil {
		return nil, err
	}
	answer := kmsg.NewPtrProduceResponse()
	answer.SetVersion(produceVersion)
	if err := answer.ReadFrom(data); err != nil || len(answer.Topics) != 1 {
		return nil, errAnswer
	}
	return func(number int32) error {
		for _, one := range answer.Topics[0].Partitions {
			if one.Partition == number {
				return kerr.ErrorForCode(one.ErrorCode)
			}
		}
		return errAnswer
	}, nil
}
