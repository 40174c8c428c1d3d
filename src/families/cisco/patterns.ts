// Every expression that is run on the text of a message, with a line it matches. All are linear: they are anchored, and
// no part that may repeat overlaps its neighbour. Texts are cut to 512 characters before.

/** `Interface Serial0, changed state to administratively down from 10.9.0.5`: interface, state. */
export const linkState = /^Interface ([^,]{1,80}), changed state to (.{1,40})/i;
/** `Line protocol on Interface Serial0.1, changed state to down`: interface, state. */
export const protoState = /^Line protocol on Interface ([^,]{1,80}), changed state to (up|down)/i;
/** `Interface Serial0/0 - DLCI 101 state changed to INACTIVE`: interface, dlci, state. */
export const dlciState = /^Interface (\S{1,80}) - DLCI (\d{1,5}) state changed to (ACTIVE|INACTIVE|DELETED)/i;
/** `Layer 2 for Interface BRI0, TEI 64 changed to up`: interface, tei, state. */
export const isdnLayer = /^Layer 2 for Interface ([^,]{1,80}), TEI (\d{1,5}) changed to (up|down)/i;
/** `Interface Serial1/0:7 is now connected to 5550101 site-101`: interface, the rest. */
export const callConnect = /^Interface (.{1,80}?) is now connected to (.{1,120})/i;
/** `Interface BRI0:1  disconnected from 5550001 hub2, call lasted 765 seconds`: interface, the rest, seconds. */
export const callEnd = /^Interface (.{1,80}?) {1,2}disconnected from ([^,]{1,120}), call lasted (\d{1,9}) seconds?/i;
/** `Process 1, Nbr 10.255.0.110 on GigabitEthernet0/0/1.110 from FULL to DOWN, ...`: neighbour, interface, from, to, rest. */
export const ospf =
  /^Process \S{1,40}, (?:Area \S{1,40}, )?Nbr (\S{1,64}) on (\S{1,80}) (?:in area \S{1,40} )?from (\S{1,20}) to ([A-Z0-9-]{1,20})(?:, (.{0,200}))?/i;
/** `neighbor 10.1.1.2 vpn vrf RED Down BGP Notification sent`: neighbour, vrf, state, reason. */
export const bgp = /^neighbor (\S{1,64}) (?:\S{1,40} )??(?:(?:vpn )?vrf:? ?(\S{1,64}) )?(Up|Down)\b ?(.{0,200})/i;
/** `EIGRP-IPv4 1: Neighbor 10.1.1.2 (Gi0/1) is resync: peer graceful-restart`: neighbour, interface, state, reason. */
export const eigrp =
  /^(?:IP-)?EIGRP[^:]{0,40}: Neighbor (\S{1,64}) \(([^)]{1,80})\) is (up|down|resync)(?:: (.{0,200}))?/i;
/** `ISIS: Adjacency to core-2 (GigabitEthernet0/1) Up, new adjacency`: neighbour, interface, state, reason. */
export const isis =
  /^(?:CLNS|ISIS)[^:]{0,40}: (?:L[12]-?\S{0,20} )?Adjacency to (\S{1,64}) \(([^)]{1,80})\)(?: \(\S{1,20}\))? (Up|Down)(?:, (.{0,200}))?/i;
/** `LDP Neighbor 10.1.1.2:0 (1) is DOWN (Discovery Hello Hold Timer expired)`: neighbour, state, reason. */
export const ldp = /^LDP Neighbor (\S{1,64}?)(?::\d{1,5})? (?:\([^)]{0,40}\) )?is (UP|DOWN)(?: \((.{0,200})\))?/i;
/** `BFD-SYSLOG: BFD session ld:1 handle:1 neigh:10.1.1.2 ...`: neighbour. */
export const bfd = /\bneigh(?:bor)?(?: proc)?[: ]([0-9A-Fa-f.:]{2,45})/i;
/** `received from neighbor 10.1.1.2 4/0 (hold time expired) 0 bytes`: direction, neighbour, code, text. */
export const bgpNotification =
  /^(sent to|received from) neighbor (\S{1,64}) (?:\S{1,40} )??(\d{1,3}\/\d{1,3})(?: \(([^)]{0,100})\))?/i;
/** `Vlan10 Grp 1 state Standby -> Active`: interface, group, from, to. */
export const redundancy = /^(\S{1,80}) (?:Grp|Group|Fwd) (\d{1,5}(?:\.\d{1,3})?) state (\w{1,20}) -> (\w{1,20})/i;
/** `1 ip sla 1 reachability Up -> Down`: track, object, to. */
export const track = /^(\d{1,5}) (.{1,100}) (Up|Down) ?-> ?(Up|Down)/i;
/** `bpduguard error detected on Gi0/1, putting Gi0/1 in err-disable state`: reason, interface. */
export const errDisable = /^(\S{1,60}) error detected on ([^,]{1,80}),/i;
/** `Interface Ethernet1/1 is down (Link failure)`: interface, state, reason. */
export const nxosPort =
  /^Interface ([^,\s]{1,80})(?:,[^,]{0,80})? is (?:admin )?(up|down)(?: in mode \S{1,20})?(?: ?\(([^)]{0,80})\))?/i;
/** `Configured from console by backup on vty0 (10.9.0.5)`: user, from. */
export const configured = /\bby (\S{1,64})(?: on (\S{1,40}))?(?: \(([0-9A-Fa-f.:]{2,45})\))?/i;
/** `Login Success [user: backup] [Source: 10.9.0.5] [localport: 22]`: user, source. */
export const login = /\[user: ?([^\]]{0,64})\](?: \[Source: ?([^\]]{0,64})\])?/i;
/** `access-list logging rate-limited or missed 12 packets`: count. */
export const missed = /\bmissed (\d{1,9}) packets?/i;
/** `(44 messages dropped)`, `dropped 44 messages`: count. */
export const dropped = /\b(\d{1,9}) (?:messages?|packets?|logs?)\b|\bdropped:? (\d{1,9})\b/i;
