// Starts dynalite and fauxqs on free ports of the loopback address, prints their
// addresses as one line of JSON, and ends when its standard input does: so
// nothing stays behind when a test is killed.
const dynalite = require('dynalite');

// dynalite throws when a client goes away in the middle of a request, as the
// processes that tests kill do.
process.on('uncaughtException', (error) => {
  if (error.code === 'ECONNRESET') return;
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});

async function main() {
  const { startFauxqs } = await import('fauxqs');
  const dynamodb = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise((resolve) => dynamodb.listen(0, '127.0.0.1', resolve));
  const sqs = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  process.stdout.write(JSON.stringify({
    dynamodb: `http://127.0.0.1:${dynamodb.address().port}`,
    sqs: `http://127.0.0.1:${sqs.port}`,
  }) + '\n');
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
