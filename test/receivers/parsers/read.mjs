// Reads the requests in the file that is named, as JSON, with what receivers on Node use,
// and prints a line for each: the library, the target, and what was read or what was wrong.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HTTP } from "cloudevents";
import { Webhook } from "svix";

// What the package names as its module cannot be loaded by Node.
const { AdaptiveCard, SerializationContext } = createRequire(import.meta.url)("adaptivecards/dist/adaptivecards.min.js");

function cloudevents({ headers, text }) {
  const event = HTTP.toEvent({ headers, body: text });
  event.validate();
  return `${event.id} ${event.type} of ${event.source} about ${event.subject} at ${event.time}: ${JSON.stringify(event.data)}`;
}

function adaptivecards({ text }) {
  const [attachment] = JSON.parse(text).attachments;
  if (attachment.contentType !== "application/vnd.microsoft.card.adaptive") throw new Error(attachment.contentType);
  const card = new AdaptiveCard();
  const context = new SerializationContext();
  card.parse(attachment.content, context);
  const events = Array.from({ length: context.eventCount }, (_, i) => context.getEventAt(i));
  const wrong = [...events, ...card.validateProperties().validationEvents].map((event) => event.message);
  if (wrong.length > 0) throw new Error(wrong.join(", "));
  const texts = Array.from({ length: card.getItemCount() }, (_, i) => card.getItemAt(i).text);
  return `version ${card.version}: ${JSON.stringify(texts)}`;
}

function svix({ headers, text, secret }) {
  new Webhook(secret).verify(text, headers);
  return "signed";
}

function* readers({ target, secret }) {
  if (/cloudevents|cdevents|image-event/.test(target)) yield cloudevents;
  if (target === "teams") yield adaptivecards;
  if (secret.startsWith("whsec_")) yield svix;
}

for (const request of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  request.text = Buffer.from(request.body, "base64").toString();
  request.headers = Object.fromEntries(Object.entries(request.header).map(([name, values]) => [name.toLowerCase(), values.join(", ")]));
  for (const reader of readers(request)) {
    let read;
    try {
      read = reader(request);
    } catch (error) {
      read = `wrong: ${error.message}`;
    }
    console.log(`${request.target} ${request.action}: npm ${reader.name}: ${read}`);
  }
}
