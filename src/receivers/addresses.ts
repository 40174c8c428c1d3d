// Addresses to listen on and networks to hear: parsed once, compared fast.
import { BlockList, isIP } from 'node:net';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:5514` or `[::1]:5514`; undefined for anything else. Port 0 is any free one. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const colon = text.lastIndexOf(':');
  const port = text.slice(colon + 1);
  let host = text.slice(0, colon);
  if (host.startsWith('[') && host.endsWith(']')) {
    host = host.slice(1, -1);
    if (isIP(host) !== 6) return undefined;
  } else if (isIP(host) !== 4) return undefined;
  return colon > 0 && /^\d{1,5}$/.test(port) && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}

/** The text of an address, as `parseListenAddress` takes it. */
export function addressText({ host, port }: ListenAddress): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address as it is written everywhere else: an IPv4 one without its IPv6 form, an IPv6 one without its zone. */
export function plainAddress(address: string): string {
  const zone = address.indexOf('%');
  const plain = zone < 0 ? address : address.slice(0, zone);
  return plain.startsWith('::ffff:') && isIP(plain.slice(7)) === 4 ? plain.slice(7) : plain;
}

interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** A network as in 10.0.0.0/8, or a single address; undefined for anything else. */
function parseNetwork(text: string): Network | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (version === 0 || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const count = bits === undefined ? most : Number(bits);
  return count <= most ? { address, bits: count, family: version === 4 ? 'ipv4' : 'ipv6' } : undefined;
}

/** True for a network that `AllowList` takes. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

/** Who may send. An empty list lets everybody. */
export class AllowList {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;
  /** The last answers: a network has few senders, and each sends much. */
  readonly #known = new Map<string, boolean>();

  /** Texts that are no networks are an error of the caller. */
  constructor(networks: readonly string[]) {
    this.#isEmpty = networks.length === 0;
    for (const text of networks) {
      const network = parseNetwork(text);
      if (!network) throw new Error(`"${text}" is no network`);
      this.#list.addSubnet(network.address, network.bits, network.family);
    }
  }

  /** `address` as `plainAddress` gives it. */
  allows(address: string): boolean {
    if (this.#isEmpty) return true;
    let isAllowed = this.#known.get(address);
    if (isAllowed === undefined) {
      isAllowed = this.#list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
      if (this.#known.size >= 10_000) this.#known.clear();
      this.#known.set(address, isAllowed);
    }
    return isAllowed;
  }
}
