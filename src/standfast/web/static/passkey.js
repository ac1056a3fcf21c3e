// Passkeys: what the browser is asked, and its answer as our server reads it. No patient here.

export const canUsePasskeys = () => "credentials" in navigator && "PublicKeyCredential" in globalThis;

const PATIENCE = 60_000; // milliseconds for a person to find their key

const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function fromBase64url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toBase64url(buffer) {
  if (!buffer) return null;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Have a passkey answer *question*; whose it may be is open unless the question says. */
export async function touch({ challenge, rp_id, allow = [] }) {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: fromHex(challenge),
      rpId: rp_id,
      userVerification: "required",
      timeout: PATIENCE,
      allowCredentials: allow.map(({ id, transports }) => ({ type: "public-key", id: fromBase64url(id), transports })),
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return {
    id: credential.id,
    rawId: credential.id,
    type: credential.type,
    response: {
      clientDataJSON: toBase64url(clientDataJSON),
      authenticatorData: toBase64url(authenticatorData),
      signature: toBase64url(signature),
      userHandle: toBase64url(userHandle),
    },
  };
}

/** Have this device make a passkey. */
export async function make(options) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: fromBase64url(options.challenge),
      user: { ...options.user, id: fromBase64url(options.user.id) },
      excludeCredentials: (options.excludeCredentials ?? []).map((known) => ({ ...known, id: fromBase64url(known.id) })),
    },
  });
  const { clientDataJSON, attestationObject } = credential.response;
  return {
    id: credential.id,
    rawId: credential.id,
    type: credential.type,
    response: {
      clientDataJSON: toBase64url(clientDataJSON),
      attestationObject: toBase64url(attestationObject),
      transports: credential.response.getTransports?.() ?? [],
    },
  };
}

/** Send JSON; return what came back. Throws an Error whose message can be shown. */
export async function send(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("This site is not answering. Wait until the bar at the top says This site, then try again.");
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  throw new Error(answer.status === 409 ? said.error : "This could not be read. Load the page again, then try again.");
}

/** What to tell somebody when it did not work. */
export function wordsFor(error) {
  if (!canUsePasskeys()) return "This browser cannot use passkeys here. Open this site by its own address, with https.";
  const known = {
    NotAllowedError: "No passkey answered. Have it ready, then try again.",
    InvalidStateError: "This device holds a passkey of yours already. Use another device or key.",
    SecurityError: "Passkeys work only at this site's own address. Look at the address bar: if it is not the address you know, close the page and tell your IT officer.",
    AbortError: "It was stopped. Try again.",
  };
  return known[error.name] ?? error.message;
}
