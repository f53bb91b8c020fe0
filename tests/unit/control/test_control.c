/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A socket, and those who call: many at once, some who never read, or send half a line, or
 * what is no request. None of them holds another up.
 */
#include "control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control/ask.h"
#include "scratch.h"

#define MANY     100u
#define LONG     (UINT64_C(4) << 20) /* no socket takes that at once */
#define LATE_NS  (300 * NS_PER_MS)
#define SOON_NS  (5 * NS_PER_SECOND)
#define LONG_DIR "a-directory-with-a-name-that-makes-the-path-longer-than-an-address-of-a-socket"

/* --- words ------------------------------------------------------------------------------ */

static bool is_request(const char *text, struct control_request *request)
{
	char line[256];

	snprintf(line, sizeof(line), "%s", text);
	return control_request_read(line, strlen(line), request, NULL) == 0;
}

static void reads_what_it_writes(void **state)
{
	(void)state;
	for (int verb = 0; verb < CONTROL_VERBS; verb++) {
		const struct control_request from = {.verb = (enum control_verb)verb,
						     .json = verb % 2 == 0,
						     .pin = {1, INT64_MAX, "a.name"}};
		struct control_request to;
		char *line = control_request_write(&from);
		char *end = line ? strchr(line, '\n') : NULL;

		assert_non_null(end);
		assert_string_equal(end, "\n");
		*end = '\0';
		assert_int_equal(control_request_read(line, strlen(line), &to, NULL), 0);
		assert_int_equal(to.verb, from.verb);
		assert_int_equal(to.json, from.json);
		if (from.verb == CONTROL_PIN)
			assert_true(to.pin.from_ns == from.pin.from_ns &&
				    to.pin.to_ns == from.pin.to_ns &&
				    strcmp(to.pin.name, from.pin.name) == 0);
		if (from.verb == CONTROL_UNPIN)
			assert_string_equal(to.pin.name, "a.name");
		free(line);
	}
}

static void refuses_what_is_none(void **state)
{
	static const char *const lines[] = {
		"",
		"status",
		"wiretape 1",
		"wiretape 1 ",
		"wiretape 1 text",
		"wiretape 1 text ",
		"wiretape 2 text status",
		"wiretape 1 xml status",
		"wiretape 1 text stat",
		"wiretape 1 text statusstatus",
		"wiretape 1 text status now",
		"wiretape 1  text status",
		"wiretape 1 text status\r",
		"wiretape 1 text pin 1 2",
		"wiretape 1 text pin 2 1 one",
		"wiretape 1 text pin -1 1 one",
		"wiretape 1 text pin 1 99999999999999999999 one",
		"wiretape 1 text pin 1 2 one two",
		"wiretape 1 text unpin",
		"wiretape 1 text unpin ../one",
		"wiretape 1 text pins one",
		"wiretape 1 text \033[31mstatus",
	};
	struct control_request request;
	char nul[] = "wiretape 1 text status\0stop";

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (is_request(lines[i], &request))
			fail_msg("\"%s\" is taken for a request", lines[i]);
	assert_true(is_request("wiretape 1 text status", &request));
	assert_true(control_request_read(nul, sizeof(nul) - 1, &request, NULL) < 0);
}

static void knows_answers(void **state)
{
	static const char *const lines[] = {
		"wiretape 1 ok\n",     "wiretape 1 ok -1\n", "wiretape 1 ok 1 \n",
		"wiretape 1 fine 1\n", "wiretape 2 ok 1\n",  "HTTP/1.1 200 OK\n",
	};
	char line[CONTROL_ANSWER_ROOM];
	enum control_verdict verdict;
	size_t bytes;

	(void)state;
	for (int i = CONTROL_OK; i <= CONTROL_FAILED; i++) {
		control_answer_write(line, (enum control_verdict)i, 17);
		assert_true(control_answer_read(line, &verdict, &bytes));
		assert_int_equal(verdict, i);
		assert_int_equal(bytes, 17);
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (control_answer_read(lines[i], &verdict, &bytes))
			fail_msg("\"%s\" is taken for an answer", lines[i]);
}

/* --- the socket ------------------------------------------------------------------------- */

static const struct control_request status_asked = {.verb = CONTROL_STATUS};

/* Answers whatever is asked, until it is told to end: to stop with so much of text. */
struct served {
	struct control *control;
	pthread_t thread;
	_Atomic bool end;
	_Atomic unsigned answered;
};

static char *text_of(enum control_verb verb)
{
	char *text;

	if (verb != CONTROL_STOP)
		return control_words(false, control_verb_name(verb));
	text = malloc(LONG + 1);
	assert_non_null(text);
	memset(text, 'x', LONG);
	text[LONG] = '\0';
	return text;
}

static void *serve(void *context)
{
	struct served *s = context;
	struct pollfd fd = {.fd = control_fd(s->control), .events = POLLIN};
	struct control_asked asked;

	while (!s->end) {
		poll(&fd, 1, 10);
		while (control_take(s->control, &asked)) {
			control_answer(s->control, &asked,
				       asked.request->verb == CONTROL_TRIGGER ? CONTROL_FAILED
									      : CONTROL_OK,
				       text_of(asked.request->verb));
			s->answered++;
		}
	}
	return NULL;
}

static struct control *open_at(const char *path, bool directory)
{
	const struct control_config config = {.path = path,
					      .directory = directory,
					      .uid = geteuid(),
					      .caller_ns = LATE_NS};
	struct control *control;
	struct error err;

	if (control_open(&config, &control, &err) < 0 || control_start(control, &err) < 0)
		fail_msg("%s", err.text);
	return control;
}

static void start(struct served *s)
{
	*s = (struct served){.control = open_at("socket", false)};
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void end(struct served *s)
{
	s->end = true;
	pthread_join(s->thread, NULL);
	control_close(s->control);
	assert_int_equal(access("socket", F_OK), -1);
}

static void ask(const char *path, enum control_verb verb, enum control_verdict verdict)
{
	const struct control_request request = {.verb = verb};
	struct control_answer answer;
	char wanted[32];
	struct error err;

	if (control_ask(path, &request, &answer, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(answer.verdict, verdict);
	snprintf(wanted, sizeof(wanted), "%s\n", control_verb_name(verb));
	assert_string_equal(answer.text, wanted);
	free(answer.text);
}

static int call(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All there is to read, until the other end hangs up. */
static size_t hear(int fd, char *text, size_t room)
{
	size_t got = 0;
	ssize_t n;

	while (got + 1 < room && (n = recv(fd, text + got, room - 1 - got, 0)) > 0)
		got += (size_t)n;
	text[got] = '\0';
	close(fd);
	return got;
}

static void answers(void **state)
{
	struct served s;
	struct stat st;

	(void)state;
	start(&s);
	assert_int_equal(stat("socket", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	ask("socket", CONTROL_STATUS, CONTROL_OK);
	ask("./socket", CONTROL_ROTATE, CONTROL_OK);
	ask("socket", CONTROL_TRIGGER, CONTROL_FAILED);
	end(&s);
}

static void *ask_once(void *context)
{
	struct control_answer answer;
	_Atomic unsigned *well = context;

	if (control_ask("socket", &status_asked, &answer, NULL) == 0) {
		*well += strcmp(answer.text, "status\n") == 0;
		free(answer.text);
	}
	return NULL;
}

static void answers_many_at_once(void **state)
{
	pthread_t threads[MANY];
	_Atomic unsigned well = 0;
	struct served s;

	(void)state;
	start(&s);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_once, &well), 0);
	for (unsigned i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(well, MANY);
	end(&s);
}

/* More of those who say nothing than there are places. */
static void silence_takes_no_place_for_long(void **state)
{
	int silent[CONTROL_CALLERS_MOST + 20];
	struct served s;

	(void)state;
	start(&s);
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST + 20; i++)
		silent[i] = call();
	ask("socket", CONTROL_STATUS, CONTROL_OK);
	for (unsigned i = 0; i < CONTROL_CALLERS_MOST + 20; i++)
		close(silent[i]);
	end(&s);
}

static void who_never_reads_is_let_go(void **state)
{
	static char text[LONG + 64];
	struct served s;
	int fd;

	(void)state;
	start(&s);
	fd = call();
	say(fd, "wiretape 1 text stop\n");
	while (s.answered == 0)
		usleep(1000);
	ask("socket", CONTROL_STATUS, CONTROL_OK);
	usleep((useconds_t)(2 * LATE_NS / 1000));
	assert_true(hear(fd, text, sizeof(text)) < LONG);
	/* Who does read has all of it. */
	fd = call();
	say(fd, "wiretape 1 text stop\n");
	hear(fd, text, sizeof(text));
	assert_int_equal(strlen(strchr(text, '\n') + 1), LONG);
	end(&s);
}

static void half_a_line_is_no_request(void **state)
{
	char text[256];
	struct served s;
	int fd;

	(void)state;
	start(&s);
	fd = call();
	say(fd, "wiretape 1 text sta");
	ask("socket", CONTROL_FLUSH, CONTROL_OK);
	hear(fd, text, sizeof(text));
	assert_string_equal(text, "wiretape 1 failed 26\nthe request took too long\n");
	assert_int_equal(s.answered, 1);
	/* In two parts it is a whole one. */
	fd = call();
	say(fd, "wiretape 1 text sta");
	usleep(20000);
	say(fd, "tus\n");
	hear(fd, text, sizeof(text));
	assert_string_equal(text, "wiretape 1 ok 7\nstatus\n");
	end(&s);
}

static void garbage_is_no_request(void **state)
{
	static char line[2 * CONTROL_REQUEST_MOST];
	char text[256];
	struct served s;
	int fd;

	(void)state;
	start(&s);
	fd = call();
	say(fd, "GET / HTTP/1.1\r\n\r\n");
	hear(fd, text, sizeof(text));
	assert_non_null(strstr(text, "wiretape 1 failed "));
	/* Without an end. */
	memset(line, 'x', sizeof(line) - 1);
	fd = call();
	(void)!send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL);
	hear(fd, text, sizeof(text));
	assert_non_null(strstr(text, "too long"));
	assert_int_equal(s.answered, 0);
	ask("socket", CONTROL_STATUS, CONTROL_OK);
	end(&s);
}

/* The end does not wait for who has asked, nor for who is answered and does not read. */
static void ends_whoever_waits(void **state)
{
	uint64_t begin = clock_monotonic();
	struct control_asked asked;
	struct control *control;
	char text[64];
	int waits, reads;

	(void)state;
	control = open_at("socket", false);
	reads = call();
	say(reads, "wiretape 1 text stop\n");
	while (!control_take(control, &asked))
		usleep(1000);
	waits = call();
	say(waits, "wiretape 1 text status\n");
	control_answer(control, &asked, CONTROL_OK, text_of(CONTROL_STOP));
	control_close(control);
	assert_true(clock_monotonic() - begin < SOON_NS);
	assert_int_equal(hear(waits, text, sizeof(text)), 0);
	close(reads);
}

/* --- its place -------------------------------------------------------------------------- */

static int try_at(const char *path, struct error *err)
{
	const struct control_config config = {.path = path, .uid = geteuid()};
	struct control *control;
	int rc = control_open(&config, &control, err);

	if (rc == 0)
		control_close(control);
	return rc;
}

static void takes_the_place_of_a_dead_one(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	struct control_answer answer;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct served s;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(control_ask("socket", &status_asked, &answer, NULL), -ECONNREFUSED);
	start(&s);
	ask("socket", CONTROL_STATUS, CONTROL_OK);
	end(&s);
}

static void takes_no_other_place(void **state)
{
	struct error err;
	struct stat st;
	struct served s;
	int fd;

	(void)state;
	start(&s);
	assert_int_equal(try_at("socket", &err), -EINVAL);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "another wiretape listens there"));
	ask("socket", CONTROL_STATUS, CONTROL_OK);
	end(&s);
	fd = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(try_at("file", &err), -EINVAL);
	assert_int_equal(stat("file", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(try_at("none/socket", &err), -EINVAL);
}

static void another_that_came_there_stays(void **state)
{
	struct control *control = open_at("socket", false);
	int fd;

	(void)state;
	assert_int_equal(unlink("socket"), 0);
	fd = open("socket", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	control_close(control);
	assert_int_equal(unlink("socket"), 0);
}

static void paths_may_be_long(void **state)
{
	char path[PATH_MAX];
	struct control *control;
	struct control_asked asked;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkdir(LONG_DIR, 0700), 0);
	assert_int_equal(mkdir(LONG_DIR "/" LONG_DIR, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s", LONG_DIR, LONG_DIR);
	control = open_at(path, true);
	assert_int_equal(stat(LONG_DIR "/" LONG_DIR "/" CONTROL_HIDDEN_NAME, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_false(control_take(control, &asked));
	control_close(control);
	assert_int_equal(stat(LONG_DIR "/" LONG_DIR "/" CONTROL_HIDDEN_NAME, &st), -1);
	fd = try_at(LONG_DIR LONG_DIR "-and-more", NULL);
	assert_int_equal(fd, -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(knows_answers),
		cmocka_unit_test_setup_teardown(answers, scratch_set_up_inside,
						scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(answers_many_at_once, scratch_set_up_inside,
						scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(silence_takes_no_place_for_long,
						scratch_set_up_inside, scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(who_never_reads_is_let_go, scratch_set_up_inside,
						scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(half_a_line_is_no_request, scratch_set_up_inside,
						scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(garbage_is_no_request, scratch_set_up_inside,
						scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(ends_whoever_waits, scratch_set_up_inside,
						scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(takes_the_place_of_a_dead_one,
						scratch_set_up_inside, scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(takes_no_other_place, scratch_set_up_inside,
						scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(another_that_came_there_stays,
						scratch_set_up_inside, scratch_tear_down_inside),
		cmocka_unit_test_setup_teardown(paths_may_be_long, scratch_set_up_inside,
						scratch_tear_down_inside),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
