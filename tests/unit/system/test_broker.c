/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that keeps rights: what it answers, what it has, and when it ends. What it
 * finds out about itself comes back as the number of an error.
 */
#include "system/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "child.h"
#include "scratch.h"

enum wish { ECHO, REFUSE, GIVE, COUNT_FDS, CAN, DIE };

struct request {
	enum wish wish;
	int number;
};

static struct {
	int asked; /* of both processes, each its own */
	int given; /* a descriptor */
} state = {.given = -1};

static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int has_capability(int number)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {0};

	syscall(SYS_capget, &header, held);
	return (int)(held[CAP_TO_INDEX(number)].permitted & CAP_TO_MASK(number)) != 0;
}

static int serve(void *context, const void *data, size_t bytes, int *fd, struct error *err)
{
	struct request request;

	(void)context;
	if (bytes != sizeof(request))
		return error_set(err, EBADMSG, "%zu bytes", bytes);
	memcpy(&request, data, sizeof(request));
	state.asked++;
	switch (request.wish) {
	case ECHO:
		return state.asked == request.number ? 0 : error_set(err, ERANGE, "not the one");
	case REFUSE:
		return error_usage(err, "not number %d", request.number);
	case GIVE:
		*fd = openat(state.given, "given", O_RDONLY);
		return *fd < 0 ? error_system(err, errno, "given") : 0;
	case COUNT_FDS:
		return error_set(err, count_fds(), "descriptors");
	case CAN:
		return error_set(err, 1 + has_capability(request.number), "capability");
	default:
		_exit(1);
	}
}

static void leave_word(void *context)
{
	int fd = openat(state.given, context, O_WRONLY | O_CREAT, 0600);

	close(fd);
}

static struct broker *begin(const struct broker_config *config)
{
	struct broker *broker;
	struct error err;

	if (broker_open(config, &broker, &err) < 0)
		fail_msg("%s", err.text);
	return broker;
}

static int ask(struct broker *broker, enum wish wish, int number, int *fd, struct error *err)
{
	const struct request request = {wish, number};

	return broker_ask(broker, &request, sizeof(request), fd, err);
}

static void test_answers(void **unused)
{
	const struct broker_config config = {.serve = serve};
	struct broker *broker = begin(&config);
	struct error err;

	(void)unused;
	for (int i = 1; i <= 3; i++)
		assert_int_equal(ask(broker, ECHO, i, NULL, &err), 0);
	/* What it does is done there. */
	assert_int_equal(state.asked, 0);
	assert_int_equal(ask(broker, REFUSE, 7, NULL, &err), -EINVAL);
	assert_string_equal(err.text, "not number 7");
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_int_equal(ask(broker, REFUSE, 7, NULL, NULL), -EINVAL);
	assert_int_equal(broker_ask(broker, "x", 1, NULL, &err), -EBADMSG);
	assert_int_equal(ask(broker, ECHO, 6, NULL, &err), 0);
	broker_close(broker);
	broker_close(NULL);
}

static void test_descriptors(void **unused)
{
	struct broker_config config = {.serve = serve, .fds = &state.given, .fd_count = 1};
	struct broker *broker;
	struct error err;
	char text[8] = "";
	int fd = -1, others[3];

	(void)unused;
	scratch_put(scratch_at("given"), "bytes");
	for (int i = 0; i < 3; i++)
		others[i] = open("/dev/null", O_RDONLY);
	state.given = open(scratch_dir, O_PATH | O_DIRECTORY);
	for (int i = 0; i < 3; i += 2) {
		close(others[i]);
		others[i] = open("/dev/null", O_RDONLY);
	}
	broker = begin(&config);
	assert_int_equal(ask(broker, GIVE, 0, &fd, &err), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_string_equal(text, "bytes");
	close(fd);
	/* The standard three, its socket, and what it was to have. */
	assert_int_equal(ask(broker, COUNT_FDS, 0, NULL, &err), -5);
	/* One that was expected. */
	assert_int_equal(ask(broker, ECHO, 3, &fd, &err), -EPROTO);
	assert_int_equal(unlink(scratch_at("given")), 0);
	assert_int_equal(ask(broker, GIVE, 0, &fd, &err), -ENOENT);
	broker_close(broker);
	for (int i = 0; i < 3; i++)
		close(others[i]);
	close(state.given);
}

static void test_keeps_what_it_needs(void **unused)
{
	static const int kept[] = {CAP_CHOWN};
	const struct broker_config config = {.serve = serve,
					     .capabilities = kept,
					     .capability_count = 1};
	struct broker *broker;

	(void)unused;
	if (!has_capability(CAP_CHOWN) || !has_capability(CAP_SYS_ADMIN))
		skip();
	broker = begin(&config);
	assert_int_equal(ask(broker, CAN, CAP_CHOWN, NULL, NULL), -2);
	assert_int_equal(ask(broker, CAN, CAP_SYS_ADMIN, NULL, NULL), -1);
	assert_true(has_capability(CAP_SYS_ADMIN));
	broker_close(broker);
}

/* From two threads; each gets its own answer. */
static void *refused(void *broker)
{
	for (int i = 0; i < 500; i++)
		if (ask(broker, REFUSE, i, NULL, NULL) != -EINVAL)
			return broker;
	return NULL;
}

static void test_two_threads(void **unused)
{
	const struct broker_config config = {.serve = serve};
	struct broker *broker = begin(&config);
	pthread_t thread;
	void *failed;

	(void)unused;
	assert_int_equal(pthread_create(&thread, NULL, refused, broker), 0);
	for (int i = 0; i < 500; i++)
		assert_int_equal(broker_ask(broker, "x", 1, NULL, NULL), -EBADMSG);
	pthread_join(thread, &failed);
	assert_null(failed);
	broker_close(broker);
}

static void test_gone(void **unused)
{
	const struct broker_config config = {.serve = serve};
	struct broker *broker = begin(&config);
	struct error err;

	(void)unused;
	assert_true(ask(broker, DIE, 0, NULL, &err) < 0);
	assert_non_null(strstr(err.text, "is gone"));
	assert_true(ask(broker, ECHO, 2, NULL, &err) < 0);
	broker_close(broker);
}

/* One that is killed cannot tell. */
static int begin_and_die(void)
{
	const struct broker_config config = {
		.serve = serve,
		.end = leave_word,
		.context = (void *)"killed",
		.fds = &state.given,
		.fd_count = 1,
	};
	struct broker *broker;

	if (broker_open(&config, &broker, NULL) < 0 || ask(broker, ECHO, 1, NULL, NULL) < 0)
		return 1;
	kill(getpid(), SIGKILL);
	return 2;
}

static void test_ends_with_us(void **unused)
{
	struct broker_config config = {.serve = serve,
				       .end = leave_word,
				       .context = (void *)"ended",
				       .fd_count = 1};
	struct broker *broker;

	(void)unused;
	state.given = open(scratch_dir, O_PATH | O_DIRECTORY);
	config.fds = &state.given;
	broker = begin(&config);
	/* It does not end by what a terminal sends to all. */
	assert_int_equal(ask(broker, ECHO, 1, NULL, NULL), 0);
	assert_int_equal(access(scratch_at("ended"), F_OK), -1);
	broker_close(broker);
	assert_int_equal(access(scratch_at("ended"), F_OK), 0);
	assert_int_equal(child_run(begin_and_die), -1);
	for (int i = 0; i < 1000 && access(scratch_at("killed"), F_OK) < 0; i++)
		usleep(5000);
	assert_int_equal(access(scratch_at("killed"), F_OK), 0);
	close(state.given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_keeps_what_it_needs),
		cmocka_unit_test(test_two_threads),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_ends_with_us),
	};

	return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
