// Stripe's own SDK as an independent client of the simulator: what it creates it must be able to read back, and it must accept the
// simulator's signatures. GIVR_DEMO has the first line of `givr demo --json`; scripts/test-browser starts one.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import Stripe from "stripe";

const demo = JSON.parse(process.env.GIVR_DEMO);
const api = new URL(demo.stripe_api);
const stripe = new Stripe(demo.stripe_key, {
  host: api.hostname,
  port: Number(api.port),
  protocol: "http",
  maxNetworkRetries: 0,
  telemetry: false,
});

test("the SDK creates and reads a customer, a price, a checkout session and a subscription", async () => {
  const customer = await stripe.customers.create({ email: "sdk@example.test", metadata: { from: "sdk" } });
  assert.equal((await stripe.customers.retrieve(customer.id)).email, "sdk@example.test");

  const product = await stripe.products.create({ name: "SDK product" });
  const price = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 1399,
    recurring: { interval: "month" },
    lookup_key: `sdk-${Date.now()}`,
  });
  assert.equal((await stripe.prices.retrieve(price.id)).unit_amount, 1399);

  const session = await stripe.checkout.sessions.create({
    mode: "subscription",
    customer: customer.id,
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
    client_reference_id: "sdk-order",
  });
  assert.equal(session.status, "open");
  assert.equal((await stripe.checkout.sessions.retrieve(session.id)).amount_total, 1399);

  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer.id });
  const subscription = await stripe.subscriptions.create({
    customer: customer.id,
    items: [{ price: price.id }],
    default_payment_method: card.id,
    payment_behavior: "error_if_incomplete",
    metadata: { order_id: "sdk-order" },
  });
  assert.equal(subscription.status, "active");
  const read = await stripe.subscriptions.retrieve(subscription.id, { expand: ["latest_invoice"] });
  assert.equal(read.latest_invoice.status, "paid");
  assert.equal(read.metadata.order_id, "sdk-order");

  await stripe.subscriptions.cancel(subscription.id);
  await assert.rejects(stripe.subscriptions.cancel(subscription.id), (error) => error.statusCode === 404);
});

test("a declined card is the SDK's card error, and leaves no subscription", async () => {
  const customer = await stripe.customers.create({ email: "declined@example.test" });
  const product = await stripe.products.create({ name: "Declined" });
  const price = await stripe.prices.create({ product: product.id, currency: "usd", unit_amount: 500, recurring: { interval: "month" } });
  const card = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: customer.id });
  await assert.rejects(
    stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
      default_payment_method: card.id,
      payment_behavior: "error_if_incomplete",
    }),
    (error) => error instanceof Stripe.errors.StripeCardError,
  );
  const left = await stripe.subscriptions.list({ customer: customer.id, status: "all" });
  assert.equal(left.data.length, 0);
});

test("the SDK verifies the signature of a delivered webhook, and refuses a changed body", async () => {
  const received = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      received.push({ body: Buffer.concat(parts), signature: request.headers["stripe-signature"] });
      response.end("ok");
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const endpoint = await stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:${server.address().port}/hook`,
    enabled_events: ["customer.created", "customer.updated"],
    api_version: "2026-10-28.endive",
  });
  const customer = await stripe.customers.create({ email: "hook@example.test" });
  await stripe.customers.update(customer.id, { name: "Hooked" });
  for (let waited = 0; received.length === 0 && waited < 100; waited += 1) {
    await new Promise((later) => setTimeout(later, 100));
  }
  assert.ok(received.length > 0, "no webhook came");
  const { body, signature } = received[0];
  const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret);
  assert.match(event.type, /^customer\./);
  assert.throws(() => stripe.webhooks.constructEvent(Buffer.concat([body, Buffer.from(" ")]), signature, endpoint.secret));
  await stripe.webhookEndpoints.del(endpoint.id);
  server.close();
});
