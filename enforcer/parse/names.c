/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of address families, socket types, protocols and sections. Spelled out here, not asked
 * from /etc/protocols: a policy must mean the same on every machine.
 */
#include "parse/names.h"

#include <linux/in.h>
#include <sys/socket.h>

#include "parse/loader.h"

/* Absent from the headers of older systems; the numbers are the kernel's. */
#define PROTOCOL_NUMBER_MPTCP 262

static const struct name families[] = {
	{ "unspec", AF_UNSPEC },
	{ "unix", AF_UNIX },
	{ "inet", AF_INET },
	{ "ax25", AF_AX25 },
	{ "ipx", AF_IPX },
	{ "appletalk", AF_APPLETALK },
	{ "netrom", AF_NETROM },
	{ "bridge", AF_BRIDGE },
	{ "atmpvc", AF_ATMPVC },
	{ "x25", AF_X25 },
	{ "inet6", AF_INET6 },
	{ "rose", AF_ROSE },
	{ "decnet", AF_DECnet },
	{ "netbeui", AF_NETBEUI },
	{ "security", AF_SECURITY },
	{ "key", AF_KEY },
	{ "netlink", AF_NETLINK },
	{ "packet", AF_PACKET },
	{ "ash", AF_ASH },
	{ "econet", AF_ECONET },
	{ "atmsvc", AF_ATMSVC },
	{ "rds", AF_RDS },
	{ "sna", AF_SNA },
	{ "irda", AF_IRDA },
	{ "pppox", AF_PPPOX },
	{ "wanpipe", AF_WANPIPE },
	{ "llc", AF_LLC },
	{ "ib", AF_IB },
	{ "mpls", AF_MPLS },
	{ "can", AF_CAN },
	{ "tipc", AF_TIPC },
	{ "bluetooth", AF_BLUETOOTH },
	{ "iucv", AF_IUCV },
	{ "rxrpc", AF_RXRPC },
	{ "isdn", AF_ISDN },
	{ "phonet", AF_PHONET },
	{ "ieee802154", AF_IEEE802154 },
	{ "caif", AF_CAIF },
	{ "alg", AF_ALG },
	{ "nfc", AF_NFC },
	{ "vsock", AF_VSOCK },
	{ "kcm", AF_KCM },
	{ "qipcrtr", AF_QIPCRTR },
	{ "smc", AF_SMC },
	{ "xdp", AF_XDP },
	{ "mctp", 45 },
	{ "local", AF_UNIX },
};

static const struct name types[] = {
	{ "stream", 1 },    { "dgram", 2 }, { "raw", 3 },     { "rdm", 4 },
	{ "seqpacket", 5 }, { "dccp", 6 },  { "packet", 10 },
};

static const struct name protocols[] = {
	{ "ip", IPPROTO_IP },
	{ "icmp", IPPROTO_ICMP },
	{ "igmp", IPPROTO_IGMP },
	{ "ipip", IPPROTO_IPIP },
	{ "tcp", IPPROTO_TCP },
	{ "egp", IPPROTO_EGP },
	{ "pup", IPPROTO_PUP },
	{ "udp", IPPROTO_UDP },
	{ "idp", IPPROTO_IDP },
	{ "dccp", IPPROTO_DCCP },
	{ "ipv6", IPPROTO_IPV6 },
	{ "rsvp", IPPROTO_RSVP },
	{ "gre", IPPROTO_GRE },
	{ "esp", IPPROTO_ESP },
	{ "ah", IPPROTO_AH },
	{ "icmpv6", 58 },
	{ "ipv6-icmp", 58 },
	{ "ospf", 89 },
	{ "pim", IPPROTO_PIM },
	{ "vrrp", 112 },
	{ "l2tp", 115 },
	{ "sctp", IPPROTO_SCTP },
	{ "udplite", IPPROTO_UDPLITE },
	{ "mpls", IPPROTO_MPLS },
	{ "raw", IPPROTO_RAW },
	{ "mptcp", PROTOCOL_NUMBER_MPTCP },
};

static const struct name sections[] = {
	{ "device", SECTION_DEVICE },
	{ "socket", SECTION_SOCKET },
	{ "connect", SECTION_CONNECT },
	{ "bind", SECTION_BIND },
	{ "accept", SECTION_UNENFORCED },
	{ "unix", SECTION_UNIX },
	{ "file", SECTION_FILE },
	{ "exec", SECTION_EXEC },
	{ "capability", SECTION_CAPABILITY },
	{ "operation", SECTION_OPERATION },
	{ "sysctl", SECTION_UNENFORCED },
	{ "syscall", SECTION_UNENFORCED },
};

const struct name_table family_names = NAME_TABLE_INIT(families);
const struct name_table type_names = NAME_TABLE_INIT(types);
const struct name_table protocol_names = NAME_TABLE_INIT(protocols);
const struct name_table section_names = NAME_TABLE_INIT(sections);
