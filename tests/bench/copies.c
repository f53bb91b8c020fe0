/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One way of many to get bytes of a file, or of a capture ring, to a TCP socket or a pipe, with a
 * receiver that drops them. Prints one line:
 *
 *     way bytes wall_us cpu_us calls switches
 *
 * where CPU, system calls and context switches are the sender's. It knows nothing of wiretape.
 *
 *     copies WAY FILE               of a file, all of it, to a socket
 *     copies WAY BYTES              of a ring (WAY begins with ring-)
 *     copies get PORT PATH [PID]    the body of an HTTP answer is taken and dropped; CPU is PID's
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIECE      (64u * 1024)
#define BLOCK      (1024u * 1024)
#define BLOCKS     64u
#define DIRECT     (1024u * 1024)
#define DEPTH      4u
#define ZC_PENDING 16u

static uint64_t calls;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* --- the other end ------------------------------------------------------------------- */

static void drop_socket(int fd)
{
	static char buffer[BLOCK];
	ssize_t n;

	/* Not even copied. */
	while ((n = recv(fd, buffer, sizeof(buffer), MSG_TRUNC)) > 0)
		continue;
	_exit(n < 0);
}

static void drop_pipe(int fd)
{
	const int null = open("/dev/null", O_WRONLY);
	ssize_t n;

	while ((n = splice(fd, NULL, null, NULL, BLOCK, 0)) > 0)
		continue;
	_exit(n < 0);
}

static int open_socket(pid_t *other)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(at);
	const int listens = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	if (listens < 0 || fd < 0 || bind(listens, (struct sockaddr *)&at, bytes) < 0 ||
	    listen(listens, 1) < 0 || getsockname(listens, (struct sockaddr *)&at, &bytes) < 0)
		fail("socket");
	*other = fork();
	if (*other == 0) {
		close(fd);
		drop_socket(accept(listens, NULL, NULL));
	}
	close(listens);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("connect");
	return fd;
}

static int open_pipe(pid_t *other)
{
	int ends[2];

	if (pipe(ends) < 0)
		fail("pipe");
	(void)fcntl(ends[1], F_SETPIPE_SZ, BLOCK);
	*other = fork();
	if (*other == 0) {
		close(ends[1]);
		drop_pipe(ends[0]);
	}
	close(ends[0]);
	return ends[1];
}

/* --- parts ---------------------------------------------------------------------------- */

static void write_all(int fd, const char *data, size_t bytes)
{
	while (bytes > 0) {
		const ssize_t n = write(fd, data, bytes);

		calls++;
		if (n <= 0)
			fail("write");
		data += n;
		bytes -= (size_t)n;
	}
}

static void *map_file(int fd, size_t bytes)
{
	void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);

	calls++;
	if (map == MAP_FAILED)
		fail("mmap");
	(void)madvise(map, bytes, MADV_SEQUENTIAL);
	return map;
}

/* Takes completions; waits while more than so many are pending. */
static void reap_zerocopy(int to, uint32_t sent, uint32_t *done, uint32_t most)
{
	char control[128];

	while (sent - *done > most) {
		struct msghdr message = {.msg_control = control, .msg_controllen = sizeof(control)};
		struct pollfd wait = {.fd = to};
		struct cmsghdr *c;

		calls++;
		if (recvmsg(to, &message, MSG_ERRQUEUE) < 0) {
			if (errno != EAGAIN)
				fail("recvmsg");
			calls++;
			poll(&wait, 1, -1);
			continue;
		}
		for (c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
			*done = ((struct sock_extended_err *)CMSG_DATA(c))->ee_data + 1;
	}
}

static void send_zerocopy(int to, const char *data, size_t bytes, size_t piece)
{
	static uint32_t sent, done; /* of the one socket there is */
	const int on = 1;

	if (setsockopt(to, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)) < 0)
		fail("SO_ZEROCOPY");
	while (bytes > 0) {
		const ssize_t n = send(to, data, bytes < piece ? bytes : piece, MSG_ZEROCOPY);

		calls++;
		if (n < 0 && errno == ENOBUFS) {
			reap_zerocopy(to, sent, &done, 0);
			continue;
		}
		if (n <= 0)
			fail("MSG_ZEROCOPY");
		sent++;
		data += n;
		bytes -= (size_t)n;
		reap_zerocopy(to, sent, &done, ZC_PENDING);
	}
	reap_zerocopy(to, sent, &done, 0);
}

/* One at a time, as TCP wants them in order; the notification of each is waited for later. */
static void send_uring(int to, const char *data, size_t bytes, size_t piece)
{
	struct io_uring ring;
	unsigned pending = 0;

	if (io_uring_queue_init(64, &ring, 0) < 0)
		fail("io_uring");
	while (bytes > 0 || pending > 0) {
		struct io_uring_cqe *cqe;
		bool answered = bytes == 0;

		if (bytes > 0) {
			struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

			io_uring_prep_send_zc(sqe, to, data, bytes < piece ? bytes : piece,
					      MSG_WAITALL, 0);
		}
		while (!answered || pending > ZC_PENDING || (bytes == 0 && pending > 0)) {
			calls++;
			if (io_uring_submit_and_wait(&ring, 1) < 0 ||
			    io_uring_peek_cqe(&ring, &cqe) < 0)
				fail("SEND_ZC");
			if (cqe->flags & IORING_CQE_F_NOTIF) {
				pending--;
			} else {
				if (cqe->res <= 0)
					fail("SEND_ZC");
				pending += (cqe->flags & IORING_CQE_F_MORE) != 0;
				data += cqe->res;
				bytes -= (size_t)cqe->res;
				answered = true;
			}
			io_uring_cqe_seen(&ring, cqe);
		}
	}
	io_uring_queue_exit(&ring);
}

/* --- of a file --------------------------------------------------------------------------- */

static void by_read(int from, int to, size_t bytes)
{
	static char buffer[PIECE];
	ssize_t n;

	(void)bytes;
	while (calls++, (n = read(from, buffer, sizeof(buffer))) > 0)
		write_all(to, buffer, (size_t)n);
}

static void by_mmap(int from, int to, size_t bytes)
{
	write_all(to, map_file(from, bytes), bytes);
}

static void by_sendfile(int from, int to, size_t bytes)
{
	while (bytes > 0) {
		const ssize_t n = sendfile(to, from, NULL, bytes);

		calls++;
		if (n <= 0)
			fail("sendfile");
		bytes -= (size_t)n;
	}
}

static void by_splice(int from, int to, size_t bytes)
{
	int ends[2];

	if (pipe(ends) < 0)
		fail("pipe");
	(void)fcntl(ends[1], F_SETPIPE_SZ, BLOCK);
	while (bytes > 0) {
		ssize_t n = splice(from, NULL, ends[1], NULL, BLOCK, SPLICE_F_MOVE);

		calls++;
		if (n <= 0)
			fail("splice");
		bytes -= (size_t)n;
		while (n > 0) {
			const ssize_t m = splice(ends[0], NULL, to, NULL, (size_t)n,
						 SPLICE_F_MOVE | (bytes ? SPLICE_F_MORE : 0));

			calls++;
			if (m <= 0)
				fail("splice");
			n -= m;
		}
	}
}

static void by_zerocopy(int from, int to, size_t bytes)
{
	send_zerocopy(to, map_file(from, bytes), bytes, BLOCK);
}

static void by_send_zc(int from, int to, size_t bytes)
{
	send_uring(to, map_file(from, bytes), bytes, BLOCK);
}

static void by_direct(int from, int to, size_t bytes)
{
	char *buffer = aligned_alloc(4096, DIRECT);
	ssize_t n;

	(void)bytes;
	if (!buffer || fcntl(from, F_SETFL, O_DIRECT) < 0)
		fail("O_DIRECT");
	while (calls++, (n = read(from, buffer, DIRECT)) > 0)
		write_all(to, buffer, (size_t)n);
	free(buffer);
}

/* Reads a few pieces ahead. */
static void by_async(int from, int to, size_t bytes)
{
	struct io_uring ring;
	char *buffers = aligned_alloc(4096, DEPTH * DIRECT);
	ssize_t have[DEPTH];
	uint64_t asked = 0, given = 0;
	const uint64_t pieces = (bytes + DIRECT - 1) / DIRECT;

	if (!buffers || fcntl(from, F_SETFL, O_DIRECT) < 0 ||
	    io_uring_queue_init(DEPTH, &ring, 0) < 0)
		fail("O_DIRECT");
	memset(have, 0xff, sizeof(have));
	while (given < pieces) {
		struct io_uring_cqe *cqe;

		while (asked < pieces && asked - given < DEPTH) {
			struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

			io_uring_prep_read(sqe, from, buffers + asked % DEPTH * DIRECT, DIRECT,
					   asked * DIRECT);
			io_uring_sqe_set_data64(sqe, asked++ % DEPTH);
		}
		calls++;
		io_uring_submit_and_wait(&ring, have[given % DEPTH] < 0);
		while (io_uring_peek_cqe(&ring, &cqe) == 0) {
			if (cqe->res <= 0)
				fail("read");
			have[io_uring_cqe_get_data64(cqe)] = cqe->res;
			io_uring_cqe_seen(&ring, cqe);
		}
		if (have[given % DEPTH] < 0)
			continue;
		write_all(to, buffers + given % DEPTH * DIRECT, (size_t)have[given % DEPTH]);
		have[given++ % DEPTH] = -1;
	}
	io_uring_queue_exit(&ring);
	free(buffers);
}

/* --- of a ring ------------------------------------------------------------------------------ */

/* The memory of a real one, on no interface. */
static char *open_ring(void)
{
	const int fd = socket(AF_PACKET, SOCK_RAW, 0), version = TPACKET_V3;
	struct tpacket_req3 request = {.tp_block_size = BLOCK,
				       .tp_block_nr = BLOCKS,
				       .tp_frame_size = 2048,
				       .tp_frame_nr = BLOCK / 2048 * BLOCKS};
	void *map;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		fail("PACKET_RX_RING");
	map = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		fail("mmap");
	memset(map, 0x5a, (size_t)BLOCK * BLOCKS);
	return map;
}

static void splice_block(int to, char *block)
{
	struct iovec run = {block, BLOCK};

	while (run.iov_len > 0) {
		const ssize_t n = vmsplice(to, &run, 1, 0);

		calls++;
		if (n <= 0)
			fail("vmsplice");
		run.iov_base = (char *)run.iov_base + n;
		run.iov_len -= (size_t)n;
	}
}

/* A copy for a second reader is made of references. */
static void tee_block(int to, const int ends[2], char *block)
{
	struct iovec run = {block, BLOCK};
	ssize_t n;

	static int null = -1;

	if (null < 0)
		null = open("/dev/null", O_WRONLY);
	while (run.iov_len > 0) {
		n = vmsplice(ends[1], &run, 1, 0);
		calls++;
		if (n <= 0)
			fail("vmsplice");
		run.iov_base = (char *)run.iov_base + n;
		run.iov_len -= (size_t)n;
		while (n > 0) {
			ssize_t m = tee(ends[0], to, (size_t)n, 0);

			calls++;
			if (m <= 0)
				fail("tee");
			n -= m;
			while (m > 0) {
				const ssize_t k = splice(ends[0], NULL, null, NULL, (size_t)m, 0);

				calls++;
				if (k <= 0)
					fail("splice");
				m -= k;
			}
		}
	}
}

static void by_ring(const char *way, int to, size_t bytes)
{
	char *ring = open_ring();
	int ends[2];

	if (pipe(ends) < 0)
		fail("pipe");
	(void)fcntl(ends[1], F_SETPIPE_SZ, BLOCK);
	for (size_t i = 0; i < bytes / BLOCK; i++) {
		char *block = ring + i % BLOCKS * BLOCK;

		if (strstr(way, "-write") || strstr(way, "-send"))
			write_all(to, block, BLOCK);
		else if (strstr(way, "-vmsplice"))
			splice_block(to, block);
		else
			tee_block(to, ends, block);
	}
}

static void by_ring_zerocopy(const char *way, int to, size_t bytes)
{
	char *ring = open_ring();

	for (size_t i = 0; i < bytes / BLOCK / BLOCKS; i++) {
		if (strstr(way, "-zerocopy"))
			send_zerocopy(to, ring, (size_t)BLOCK * BLOCKS, BLOCK);
		else
			send_uring(to, ring, (size_t)BLOCK * BLOCKS, BLOCK);
	}
}

/* --- measuring ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	void (*send)(int from, int to, size_t bytes);
} ways[] = {
	{"read-write", by_read},     {"mmap-write", by_mmap},    {"sendfile", by_sendfile},
	{"splice", by_splice},       {"zerocopy", by_zerocopy},  {"send-zc", by_send_zc},
	{"direct-write", by_direct}, {"async-direct", by_async},
};

static void send_file(const char *way, const char *path, int to, size_t *bytes)
{
	const int from = open(path, O_RDONLY);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		fail(path);
	*bytes = (size_t)st.st_size;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, way) == 0) {
			ways[i].send(from, to, *bytes);
			return;
		}
	fprintf(stderr, "no such way: %s\n", way);
	exit(2);
}

/* User and system time of a process, in ticks of the kernel's clock. */
static uint64_t cpu_of(const char *pid)
{
	char path[64], line[1024];
	unsigned long user = 0, kernel = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	in = fopen(path, "r");
	if (in && fscanf(in, "%lu", &user) == 1) {
		fclose(in);
		return user / 1000;
	}
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	in = fopen(path, "r");
	if (!in || !fgets(line, sizeof(line), in) || !strrchr(line, ')') ||
	    sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   &user, &kernel) != 2)
		fail("stat");
	fclose(in);
	return (user + kernel) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

static int get(const char *port, const char *path, const char *pid)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(port)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	static char buffer[BLOCK];
	uint64_t begin = now_us(), cpu = cpu_of(pid), bytes = 0;
	char request[512];
	ssize_t n;

	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("connect");
	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
	write_all(fd, request, strlen(request));
	while ((n = recv(fd, buffer, sizeof(buffer), MSG_TRUNC)) > 0)
		bytes += (uint64_t)n;
	begin = now_us() - begin;
	cpu = cpu_of(pid) - cpu;
	printf("get\t%llu\t%llu\t%llu\t-\t-\n", (unsigned long long)bytes,
	       (unsigned long long)begin, (unsigned long long)cpu);
	return n < 0;
}

int main(int argc, char **argv)
{
	struct rusage before, after;
	const char *way = argc > 2 ? argv[1] : "";
	const bool rings = strncmp(way, "ring-", 5) == 0, pipes = strstr(way, "pipe") != NULL;
	uint64_t begin, cpu;
	size_t bytes;
	pid_t other;
	int to, status;

	if (argc < 3)
		return 2;
	if (strcmp(way, "get") == 0)
		return get(argv[2], argv[3], argv[4]);
	to = pipes ? open_pipe(&other) : open_socket(&other);
	getrusage(RUSAGE_SELF, &before);
	begin = now_us();
	if (!rings) {
		send_file(way, argv[2], to, &bytes);
	} else {
		bytes = (size_t)strtoull(argv[2], NULL, 10);
		if (strstr(way, "-zerocopy") || strstr(way, "-uring"))
			by_ring_zerocopy(way, to, bytes);
		else
			by_ring(way, to, bytes);
	}
	getrusage(RUSAGE_SELF, &after);
	shutdown(to, SHUT_WR);
	close(to);
	waitpid(other, &status, 0);
	begin = now_us() - begin;
	cpu = (uint64_t)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec -
			 before.ru_stime.tv_sec) *
		      1000000 +
	      (uint64_t)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec -
			 before.ru_stime.tv_usec);
	printf("%s\t%zu\t%llu\t%llu\t%llu\t%ld\n", way, bytes, (unsigned long long)begin,
	       (unsigned long long)cpu, (unsigned long long)calls,
	       after.ru_nvcsw - before.ru_nvcsw + after.ru_nivcsw - before.ru_nivcsw);
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}
