// The life of a trigger by a client that hey-api makes.
import { key, must, pushed, registry, same, server, target, until } from "./common.js";
import { client } from "./generated/hey/client.gen.js";
import * as api from "./generated/hey/sdk.gen.js";
import type { DeliveryRequest, TriggerSettings } from "./generated/hey/types.gen.js";

client.setConfig({ baseUrl: server, auth: key });
const at = { path: { registry } };

const made = must("put the registry", await api.putRegistry({ ...at, body: { host: "reg.example.com" } }));
same("its host", "reg.example.com", made.host);

const settings: TriggerSettings = {
  name: "by-hey",
  actions: ["pushImage"],
  rule: { namespace: "public", repository: "nginx*" },
  targets: [{ url: target, headers: [{ key: "X-Token", values: ["secret"] }] }],
  labels: { team: "payments" },
};
const dry = await api.createTrigger({ ...at, query: { dry_run: "true" }, body: settings });
same("a dry run", 204, dry.response.status);
const created = must("create", await api.createTrigger({ ...at, body: settings }));
const one = { path: { registry, id: created.id } };

for (const [label, count] of [["team=payments", 1], ["team=other", 0]] as const) {
  const list = must("list", await api.listTriggers({ ...at, query: { label: [label], limit: 10 } }));
  same(`triggers of ${label}`, count, list.triggers.length);
}
const changed = must("change", await api.changeTrigger({ ...one, body: { rule: { tag: "v*" } } }));
same("the tag", "v*", changed.rule.tag);
const replaced = must("what was answered, sent back", await api.replaceTrigger({ ...one, headers: { "If-Match": `"${changed.version}"` }, body: changed }));
same("its labels", { team: "payments" }, replaced.labels);
const stale = await api.deleteTrigger({ ...one, headers: { "If-Match": '"999"' } });
same("the code of an error", "trigger-changed", stale.error?.code);

const tested = must("test", await api.testTrigger(one));
same("its attempt", 200, tested.attempts[0]?.status_code);
const match = must("match", await api.match({ ...at, body: pushed }));
same("the verdict", true, match.events[0]?.triggers[0]?.matched);
const short = must("match in short", await api.match({ ...at, body: { action: "pushImage", repository: "public/nginx", tag: "beta" } }));
same("the verdict in short", "match-tag", short.events[0]?.triggers[0]?.code);

const sent = await api.receiveEvents({ ...at, body: pushed });
same("the query of the request", "", new URL(sent.request.url).search);
const received = must("send an event", sent);
// Azure Event Grid alone gets another answer.
const id = "events" in received ? received.events[0]?.deliveries[0] : undefined;
if (id === undefined) {
  throw new Error(`the event made no delivery: ${JSON.stringify(received)}`);
}
const read = async () => must("read the delivery", await api.getDelivery({ path: { registry, id } }));
const done = await until(read, (d) => d.status === "succeeded");
const request: DeliveryRequest | null = done.request;
same("its body", pushed.type, JSON.parse(request?.body ?? "{}").type);
const log = must("list deliveries", await api.listDeliveries({ ...at, query: { status: "succeeded", action: "pushImage", trigger: created.id } }));
same("the log", [id], log.deliveries.map((d) => d.id));

must("redeliver", await api.redeliver({ path: { registry, id } }));
await until(read, (d) => d.status === "succeeded" && d.attempts.length === 2);
const many = must("redeliver many", await api.redeliverMany({ ...at, query: { dry_run: "true" }, body: { status: "succeeded" } }));
same("how many", 1, many.count);
must("statistics", await api.getStats(at));

same("delete the trigger", 204, (await api.deleteTrigger(one)).response.status);
same("delete the registry", 204, (await api.deleteRegistry(at)).response.status);
