import ipaddr from 'ipaddr.js';

// Public by its number, but answered by the host of every Azure machine (learn.microsoft.com, "What is IP address 168.63.129.16", 2026-07).
const AZURE_HOST = '168.63.129.16';
// The only part of IPv6 that IANA gives out for global unicast (RFC 4291, 2.4); all outside of it is special or not assigned.
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
const NAT64: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96];

/** Whether an IP address can belong to a host of the public net; what is private, special, embedded, or no address at all is not. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv4 ? isPublicIPv4(address) : isPublicIPv6(address as ipaddr.IPv6);
}

function isPublicIPv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && address.toString() !== AZURE_HOST;
}

/** Two forms stand for an IPv4 address and are judged by it; tunnels (6to4, Teredo) and compatible addresses are refused whole. */
function isPublicIPv6(address: ipaddr.IPv6): boolean {
  if (address.zoneId !== undefined) return false;
  if (address.isIPv4MappedAddress()) return isPublicIPv4(address.toIPv4Address());
  // DNS64 gives these in networks that have IPv6 only; the gateway behind them goes where the last four bytes say.
  if (address.match(NAT64)) return isPublicIPv4(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST);
}
