/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways round a policy.
 *
 * connect, sendmsg and bind hooks see TCP, MPTCP and UDP. Every other kind of IP socket sends
 * without passing any of them, or only some, and must be closed where it is made: at sock_create.
 * Whether it is closed is not guessed from the rules but asked of the image, for every type and
 * protocol that the kernel can make a socket of.
 */
#include <string.h>
#include <sys/socket.h>

#include "abi_lsm.h"
#include "compile/findings.h"
#include "compile/unsupported.h"

#define INET   2U
#define INET6  10U
#define PACKET 17U
/* The kernel refuses others: SOCK_MAX in include/linux/net.h, IPPROTO_MAX in uapi/linux/in.h */
#define TYPES_MAX     10U
#define PROTOCOLS_MAX 263U

enum escape {
	ESCAPE_RAW,
	ESCAPE_PING,
	ESCAPE_UDP_LITE,
	ESCAPE_SCTP,
	ESCAPE_DCCP,
	ESCAPE_L2TP,
	ESCAPE_OTHER,
	ESCAPE_COUNT,
};

static const char *const escape_names[ESCAPE_COUNT] = {
	"raw", "ping", "UDP-Lite", "SCTP", "DCCP", "L2TP", "others",
};

static bool is_seen(uint32_t type, uint32_t protocol)
{
	return (type == SOCK_STREAM && (protocol == 6 || protocol == 262)) ||
	       (type == SOCK_DGRAM && protocol == 17);
}

static enum escape escape_of(uint32_t type, uint32_t protocol)
{
	if (type == SOCK_RAW)
		return ESCAPE_RAW;
	switch (protocol) {
	case 1:
	case 58:
		return ESCAPE_PING;
	case 136:
		return ESCAPE_UDP_LITE;
	case 132:
		return ESCAPE_SCTP;
	case 33:
		return ESCAPE_DCCP;
	case 115:
		return ESCAPE_L2TP;
	default:
		return ESCAPE_OTHER;
	}
}

#define OPENERS_MAX 3

struct hole {
	bool open[ESCAPE_COUNT];
	bool any;
	uint32_t openers[OPENERS_MAX]; /* rules that allow it */
	unsigned opener_count;
};

static void note_opener(struct hole *hole, uint32_t rule)
{
	for (unsigned i = 0; i < hole->opener_count; i++) {
		if (hole->openers[i] == rule)
			return;
	}
	if (hole->opener_count < OPENERS_MAX)
		hole->openers[hole->opener_count++] = rule;
}

static void ask_family(const struct image *image, uint32_t family, struct hole *hole)
{
	for (uint32_t type = 1; type <= TYPES_MAX; type++) {
		for (uint32_t protocol = 0; protocol < PROTOCOLS_MAX; protocol++) {
			struct question question = { .section = SECTION_SOCKET };
			struct decision decision;

			if (is_seen(type, protocol))
				continue;
			question.socket.family = family;
			question.socket.type = type;
			question.socket.protocol = protocol;
			decision = image_decide(image, &question);
			if (decision.verdict == VERDICT_DENY)
				continue;
			hole->any = hole->open[escape_of(type, protocol)] = true;
			if (decision.reason == REASON_RULE)
				note_opener(hole, decision.rule);
		}
	}
}

bool restricts(const struct policy *policy, enum section section)
{
	if (!policy->sections[section].present)
		return false;
	if (policy->sections[section].fallback == VERDICT_DENY)
		return true;
	array_foreach (rule, &policy->rules) {
		if (rule->section == section && rule->verb == VERDICT_DENY)
			return true;
	}
	return false;
}

static const char close_all[] = "add\n"
                                "[socket]\n"
                                "families = inet inet6\n"
                                "allow = inet stream tcp\n"
                                "allow = inet6 stream tcp\n"
                                "allow = inet dgram udp\n"
                                "allow = inet6 dgram udp";
static const char close_default[] = "leave out `default = allow` of [socket], and add\n"
                                    "allow = inet stream tcp\n"
                                    "allow = inet6 stream tcp\n"
                                    "allow = inet dgram udp\n"
                                    "allow = inet6 dgram udp";
static const char close_rules[] = "name type and protocol in [socket], as in\n"
                                  "allow = inet stream tcp\n"
                                  "allow = inet6 stream tcp\n"
                                  "allow = inet dgram udp\n"
                                  "allow = inet6 dgram udp";
static const char close_families[] = "police both families: in [socket]\n"
                                     "families = inet inet6";

static const char *closing_lines(const struct policy *policy, const struct hole *hole)
{
	const struct section_settings *socket = &policy->sections[SECTION_SOCKET];
	uint64_t both = 1ULL << INET | 1ULL << INET6;

	if (!socket->present)
		return close_all;
	if ((socket->families & both) != both)
		return close_families;
	return hole->opener_count ? close_rules : close_default;
}

static void find_socket_hole(const struct policy *policy, const struct image *image,
                             enum section section, struct diag *diag)
{
	struct place place = section_place(policy, section);
	struct phrase phrase = { .length = 0 };
	struct hole hole = { .any = false };

	ask_family(image, INET, &hole);
	ask_family(image, INET6, &hole);
	if (!hole.any)
		return;
	phrase_add(&phrase, "sockets that no [connect] or [bind] rule sees can be made:");
	for (unsigned i = 0; i < ESCAPE_COUNT; i++) {
		if (hole.open[i])
			phrase_add(&phrase, " %s", escape_names[i]);
	}
	for (unsigned i = 0; i < hole.opener_count; i++) {
		const struct rule *rule = &policy->rules.items[hole.openers[i]];

		phrase_add(&phrase, "%s%s:%u", i ? ", " : "; allowed by ",
		           location_file(policy, &rule->where), rule->where.line);
	}
	diag_add(diag, SEVERITY_WARNING, "hole-socket", &place, closing_lines(policy, &hole), "%s",
	         phrase.text);
}

static bool covers_loopback(const struct prefix_set *set)
{
	array_foreach (prefix, &set->prefixes) {
		uint64_t span = prefix->address.is_ipv6 ? 0 : 1ULL << (32 - prefix->length);

		/* Host bits are zero, so one comparison below the span is enough. */
		if (LOOPBACK_IPV4 - prefix->address.words[3] < span)
			return true;
	}
	return false;
}

/* Whether a datagram may be sent to 127.0.0.1, as far as single rules tell. */
static bool lets_datagrams_to_loopback(const struct policy *policy, const struct image *image)
{
	struct question udp = { .section = SECTION_SOCKET, .socket = { INET, SOCK_DGRAM, 17 } };
	bool inet_refused = image_decide(image, &udp).verdict == VERDICT_DENY;

	udp.socket.family = INET6;
	if (inet_refused && image_decide(image, &udp).verdict == VERDICT_DENY)
		return false;
	if (policy->sections[SECTION_CONNECT].fallback == VERDICT_ALLOW)
		return true;
	array_foreach (rule, &policy->rules) {
		if (rule->section == SECTION_CONNECT && rule->verb != VERDICT_DENY &&
		    rule->address.protocol != 6 &&
		    covers_loopback(&policy->sets.items[rule->address.set]))
			return true;
	}
	return false;
}

static bool is_closed(const struct image *image, struct question question)
{
	return image_decide(image, &question).verdict == VERDICT_DENY;
}

static bool closes_packet_sockets(const struct image *image)
{
	struct question packet = { .section = SECTION_SOCKET };

	packet.socket.family = PACKET;
	packet.socket.type = SOCK_RAW;
	return is_closed(image, packet);
}

static bool closes_unbound(const struct image *image)
{
	return is_closed(image, (struct question){ .section = SECTION_OPERATION,
	                                           .number = OPERATION_LISTEN_UNBOUND });
}

/* What this version cannot close; the reader of a policy should know it all the same. */
static void note_open_ends(const struct policy *policy, const struct image *image,
                           enum section section, struct diag *diag)
{
	struct place place = section_place(policy, section);

	if (!closes_packet_sockets(image))
		diag_add(
		        diag, SEVERITY_NOTE, "hole-other-families", &place, NULL,
		        "packet, vsock, netlink and other sockets beside inet and inet6 are seen by "
		        "no cgroup hook; packet sockets need CAP_NET_RAW");
	diag_add(diag, SEVERITY_NOTE, "hole-foreign-socket", &place, NULL,
	         "a socket belongs to the cgroup it was made in: one that is inherited or passed "
	         "from outside is judged here only where the kernel runs LSM programs");
	if (restricts(policy, SECTION_CONNECT) && lets_datagrams_to_loopback(policy, image)) {
		place = section_place(policy, SECTION_CONNECT);
		diag_add(
		        diag, SEVERITY_NOTE, "hole-any-address-device", &place, NULL,
		        "a datagram to 0.0.0.0 that names a device by IP_PKTINFO goes to an address "
		        "of that device; no hook is told, so it is judged as one to 127.0.0.1");
	}
	if (restricts(policy, SECTION_BIND) && !closes_unbound(image)) {
		place = section_place(policy, SECTION_BIND);
		diag_add(diag, SEVERITY_NOTE, "hole-listen-unbound", &place, NULL,
		         "listen() and sends without bind() take a port that the kernel chooses; "
		         "[bind] does not see that");
	}
}

void find_holes(const struct policy *policy, const struct image *image, struct diag *diag)
{
	bool connect = restricts(policy, SECTION_CONNECT);

	find_path_holes(policy, image, diag);
	if (!connect && !restricts(policy, SECTION_BIND))
		return;
	find_socket_hole(policy, image, connect ? SECTION_CONNECT : SECTION_BIND, diag);
	note_open_ends(policy, image, connect ? SECTION_CONNECT : SECTION_BIND, diag);
}
