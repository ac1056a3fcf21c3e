// A real sign-in service for the tests: npm's oidc-provider, with a clock that the test sets.
//
// node provider.mjs PORT. On /test the test says who signs in, how surely, and what time it is;
// everything else is the library's own.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";

let now = Date.now();
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) { given.length ? super(...given) : super(now); }
  static now() { return now; }
};

const { default: Provider } = await import("oidc-provider");

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
let next = { login: "", acr: "", roles: [] };
let client = null;
let round = 0;
let handler = null;
let provider = null;
const asked = { jwks: 0 };

function signingKey(kid) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" };
}

function build() {
  round += 1;
  provider = new Provider(issuer, {
    clients: client ? [client] : [],
    jwks: { keys: [signingKey(`key-${round}`)] },
    acrValues: ["AAL3_ANY", "AAL2_ANY", "AAL2_OR_AAL3_ANY"],
    scopes: ["openid", "nationalrbacaccess"],
    claims: { acr: null, auth_time: null, iss: null, sid: null, openid: ["sub"],
              nationalrbacaccess: ["nhsid_nrbac_roles"] },
    clientAuthMethods: ["private_key_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: ["RS512", "ES256"] },
    pkce: { methods: ["S256"], required: () => true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      userinfo: { enabled: true },
    },
    cookies: { keys: ["only for tests"] },
    ttl: { AuthorizationCode: 60, IdToken: 300, AccessToken: 300, Session: 43200,
           Interaction: 600, Grant: 43200 },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, nhsid_nrbac_roles: next.roles }),
    }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope("openid nationalrbacaccess");
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, then) => {
    if (ctx.path === "/jwks") asked.jwks += 1;
    await then();
  });
  handler = provider.callback();
}

async function interaction(request, response) {
  const { acr, login } = next;
  if (!login) {
    return provider.interactionFinished(request, response, { error: "access_denied" });
  }
  return provider.interactionFinished(request, response, {
    login: { accountId: login, acr: acr || undefined, remember: true },
  });
}

async function control(request, response) {
  let body = "";
  for await (const chunk of request) body += chunk;
  const said = JSON.parse(body || "{}");
  if (said.now) now = said.now;
  if (said.client) client = said.client;
  if (said.client || said.rotate) build();
  if ("login" in said) next = { acr: "", roles: [], ...said };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ asked, round }));
}

build();
createServer(async (request, response) => {
  try {
    if (request.url === "/test") await control(request, response);
    else if (request.url.startsWith("/interaction/")) await interaction(request, response);
    else handler(request, response);
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error.stack));
  }
}).listen(port, "127.0.0.1", () => console.log(`listening ${issuer}`));
