// The life of a trigger by Tencent Cloud's SDK for Node, in every way that it signs and
// asks, at an address, at host names, with a path and without.
import { Agent } from "node:http";
import { CommonClient } from "tencentcloud-sdk-nodejs-common";
import { key, pushed, registry, same, server, target, until } from "./common.js";

const { host, port } = new URL(server);
const [secretId, secretKey] = key.split(":") as [string, string];
const namespace = "public";

type Profile = NonNullable<ConstructorParameters<typeof CommonClient>[2]["profile"]>;
type Way = Required<Pick<Profile, "signMethod">> & { reqMethod: "POST" | "GET"; endpoint: string };

// A host that is no name of this machine is looked for at the address of the shipbell.
const agent = new Agent({ lookup: (_name, options, found) => (options.all ? found(null, [{ address: "127.0.0.1", family: 4 }]) : found(null, "127.0.0.1", 4)) });

function client({ signMethod, reqMethod, endpoint }: Way, version = "2019-09-24", secret = secretKey): CommonClient {
  const foreign = endpoint.startsWith("shipbell") ? { agent } : {};
  return new CommonClient(endpoint, version, {
    credential: { secretId, secretKey: secret },
    region: "ap-guangzhou",
    profile: { signMethod, language: "en-US", httpProfile: { reqMethod, endpoint, protocol: "http://", ...foreign } },
  });
}

async function life(way: Way): Promise<void> {
  const name = `${way.signMethod}-${way.reqMethod}-${way.endpoint}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const tcr = client(way);
  const settings = {
    Name: name,
    Description: "触发器",
    Targets: [{ Address: `${target}?a=b&c=d`, Headers: [{ Key: "X-A", Values: ["1 + 1", "=&%"] }] }],
    EventTypes: ["pushImage"],
    Condition: "{nginx, web}*/**",
    Enabled: true,
  };
  const { Trigger: made } = await tcr.request("CreateWebhookTrigger", { RegistryId: registry, Namespace: namespace, Trigger: settings });
  const found = async () => (await tcr.request("DescribeWebhookTrigger", { RegistryId: registry, Namespace: namespace, Limit: 100, Offset: 0 })).Triggers;
  const stored = { ...settings, Id: made.Id, NamespaceId: made.NamespaceId, NamespaceName: namespace };
  same("created", stored, made);
  same("described", [stored], await found());

  const tag = client(way, "2018-08-13");
  const resource = `${registry}#${namespace}#${made.Id}`;
  await tag.request("ModifyResourceTags", { Resource: `qcs::tcr:ap-guangzhou:uin/:repository/${resource}`, ReplaceTags: [{ TagKey: "团队", TagValue: "a b" }] });
  const { Tags: tags } = await tag.request("DescribeResourceTagsByResourceIds", { ServiceType: "tcr", ResourcePrefix: "repository", ResourceIds: [resource], ResourceRegion: "ap-guangzhou" });
  same("tags", [["团队", "a b"]], tags.map((t: { TagKey: string; TagValue: string }) => [t.TagKey, t.TagValue]));

  const changed = { ...stored, Condition: '{"repository":"nginx*","tag":"v*"}' };
  await tcr.request("ModifyWebhookTrigger", { RegistryId: registry, Namespace: namespace, Trigger: changed });
  same("changed", [changed], await found());

  await push(name);
  const log = async () => (await tcr.request("DescribeWebhookTriggerLog", { RegistryId: registry, Namespace: namespace, Id: made.Id })).Logs;
  const logs = await until(log, (all) => all[0]?.Status === "finished");
  same("logged", ["pushImage", `v1-${name}`], [logs[0].EventType, JSON.parse(logs[0].Detail).event_data.resources[0].tag]);

  await refused("a wrong secret", "AuthFailure.SignatureFailure", client(way, "2019-09-24", "wrong").request("DeleteWebhookTrigger", { RegistryId: registry, Namespace: namespace, Id: made.Id }));
  await tcr.request("DeleteWebhookTrigger", { RegistryId: registry, Namespace: namespace, Id: made.Id });
  same("left", [], await found());
}

// push sends an event of a tag of its own, once the trigger is in force.
async function push(name: string): Promise<void> {
  const event = structuredClone(pushed);
  event.event_data.resources[0]!.tag = `v1-${name}`;
  const answer = await until(
    async () => (await fetch(`${server}/v1/events/${registry}`, { method: "POST", headers: { Authorization: `Bearer ${key}` }, body: JSON.stringify(event) })).json(),
    (received) => received.events[0].deliveries.length > 0,
  );
  same("deliveries", 1, answer.events[0].deliveries.length);
}

async function refused(what: string, code: string, call: Promise<unknown>): Promise<void> {
  const error = await call.then(() => undefined, (e: { code?: string }) => e);
  same(what, code, error?.code);
}

for (const signMethod of ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"] as const) {
  for (const reqMethod of ["POST", "GET"] as const) {
    for (const endpoint of [host, `localhost:${port}`, `${host}/tcr`, `shipbell.example.com:${port}`, `shipbell.example.com:${port}/tcr`]) {
      try {
        await life({ signMethod, reqMethod, endpoint });
      } catch (e) {
        throw new Error(`${signMethod} ${reqMethod} ${endpoint}`, { cause: e });
      }
    }
  }
}
