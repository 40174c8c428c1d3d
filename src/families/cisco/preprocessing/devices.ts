// Which device a record is from (cisco 5 B): a router has many addresses, and a message bears that of the way it left by.

/** How an address relates to the path: a link that a message from it has just crossed, or nothing. */
export interface AddressUse {
  readonly device: string;
  readonly via: 'link' | 'loopback' | 'lan';
  /** The link, for `link`. */
  readonly link: string | undefined;
}

/** A device as the preprocessing knows it. */
export interface Device {
  readonly name: string;
  readonly isKnown: boolean;
  /** Its messages do not cross the links that are watched. */
  readonly isLocal: boolean;
  readonly minBootMs: number;
  /** IANA zone of its stamps when they name none; undefined for the default. */
  readonly timezone: string | undefined;
}

/** What the naming needs of a topology. */
export interface DeviceDirectory {
  readonly devices: readonly (Device & { readonly aliases: readonly string[] })[];
  readonly addresses: ReadonlyMap<string, AddressUse>;
}

/** More devices than these that no topology knows share one name: sources of datagrams can be invented. */
const mostUnknown = 10_000;

/** Names devices. The same words always give the same device. */
export class DeviceNames {
  /** Records of devices that the topology does not know, by device. */
  readonly unknown = new Map<string, Device>();
  readonly #byName = new Map<string, Device>();
  readonly #addresses: ReadonlyMap<string, AddressUse>;
  readonly #minBootMs: number;

  constructor(directory: DeviceDirectory, minBootMs: number) {
    this.#addresses = directory.addresses;
    this.#minBootMs = minBootMs;
    for (const device of directory.devices) {
      for (const name of [device.name, ...device.aliases]) this.#byName.set(name.toLowerCase(), device);
    }
  }

  /** True when a device of the topology has this name. */
  isName(name: string): boolean {
    return this.#byName.has(name.toLowerCase());
  }

  /** Every device of the topology, and those that were met. */
  find(name: string): Device | undefined {
    return this.#byName.get(name.toLowerCase()) ?? this.unknown.get(name);
  }

  /** The device that a record with these three words is from; any of them may be empty. */
  name(source: string, original: string, origin: string): Device {
    // A relay's own address says nothing; the one it wrote into the text does.
    const address = original === '' ? source : original;
    const use = this.#addresses.get(address);
    const byAddress = use && this.#byName.get(use.device.toLowerCase());
    if (byAddress) return byAddress;
    for (const name of [origin, withoutDomain(origin), address]) {
      const device = name === '' ? undefined : this.#byName.get(name.toLowerCase());
      if (device) return device;
    }
    const originUse = origin === '' ? undefined : this.#addresses.get(origin);
    const byOrigin = originUse && this.#byName.get(originUse.device.toLowerCase());
    if (byOrigin) return byOrigin;
    return this.#unknownDevice(looksLikeHost(origin) ? origin : original || source || origin || 'unknown');
  }

  /** What is known of an address. */
  use(address: string): AddressUse | undefined {
    return this.#addresses.get(address);
  }

  #unknownDevice(name: string): Device {
    const known = this.unknown.get(name);
    if (known) return known;
    if (this.unknown.size >= mostUnknown) return this.unknown.get('unknown') ?? this.#add('unknown');
    return this.#add(name);
  }

  #add(name: string): Device {
    const device: Device = {
      name,
      isKnown: false,
      isLocal: false,
      minBootMs: this.#minBootMs,
      timezone: undefined,
    };
    this.unknown.set(name, device);
    return device;
  }
}

function withoutDomain(name: string): string {
  const dot = name.indexOf('.');
  return dot > 0 && /[A-Za-z]/.test(name) ? name.slice(0, dot) : name;
}

/** Letters, digits, dots, dashes and underscores, with a letter among them. */
function looksLikeHost(name: string): boolean {
  return name.length > 0 && name.length <= 64 && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name) && /[A-Za-z]/.test(name);
}
