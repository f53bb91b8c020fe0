/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that does not answer questions about interfaces: whoever counts and tells is
 * not held up, and hears all of it later.
 */
#include "engine/link_thread.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static pthread_mutex_t hung = PTHREAD_MUTEX_INITIALIZER; /* while it is held */
static _Atomic uint32_t counts, looks, looks_at_all;
static _Atomic uint32_t to_tell; /* events, at the next look */
static uint32_t told;
static struct attach_config attached;
static int look_fd, news_fd, kernel_fd;
static struct lane lane;

void __wrap_lane_count_drops(struct lane *of);
void __wrap_lane_count_drops(struct lane *of)
{
	assert_ptr_equal(of, &lane);
	pthread_mutex_lock(&hung);
	pthread_mutex_unlock(&hung);
	atomic_fetch_add(&counts, 1);
}

int __wrap_attach_open(const struct attach_config *config, struct attach **attach,
		       struct error *err);
int __wrap_attach_open(const struct attach_config *config, struct attach **attach,
		       struct error *err)
{
	(void)err;
	attached = *config;
	*attach = (struct attach *)&attached;
	return 0;
}

int __wrap_attach_fd(const struct attach *attach);
int __wrap_attach_fd(const struct attach *attach)
{
	(void)attach;
	return kernel_fd;
}

void __wrap_attach_look(struct attach *attach, bool all);
void __wrap_attach_look(struct attach *attach, bool all)
{
	const uint32_t count = atomic_exchange(&to_tell, 0);
	uint64_t times;

	(void)attach;
	(void)!read(kernel_fd, &times, sizeof(times));
	pthread_mutex_lock(&hung);
	pthread_mutex_unlock(&hung);
	for (uint32_t i = 0; i < count; i++)
		attached.changed(attached.context, &(struct attach_event){.interface = i});
	atomic_fetch_add(all ? &looks_at_all : &looks, 1);
}

void __wrap_attach_close(struct attach *attach);
void __wrap_attach_close(struct attach *attach)
{
	(void)attach;
}

static void note(void *context, const struct attach_event *event)
{
	assert_ptr_equal(context, &told);
	assert_int_equal(event->interface, told);
	told++;
}

static struct link_thread *start(uint32_t interfaces, uint32_t events)
{
	static const struct attach_interface interface;
	const struct link_thread_config config = {
		.interfaces = &interface,
		.interface_count = interfaces,
		.lanes = &lane,
		.lane_count = 1,
		.look_fd = look_fd,
		.news_fd = news_fd,
	};
	struct link_thread *thread;
	struct error err;

	counts = looks = looks_at_all = 0;
	told = 0;
	to_tell = events;
	if (link_thread_open(&config, &thread, &err) < 0 || link_thread_start(thread, &err) < 0)
		fail_msg("%s", err.text);
	return thread;
}

static void wake(int fd)
{
	const uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

static void await(_Atomic uint32_t *number, uint32_t value)
{
	for (unsigned i = 0; i < 5000 && *number < value; i++)
		usleep(1000);
	assert_int_equal(*number, value);
}

static void test_counts(void **state)
{
	struct link_thread *thread = start(0, 0);

	(void)state;
	for (uint32_t i = 1; i <= 100; i++) {
		assert_true(link_thread_count(thread));
		assert_int_equal(counts, i);
	}
	assert_int_equal(looks_at_all, 0);
	link_thread_close(thread);
	assert_true(link_thread_count(NULL));
	link_thread_close(NULL);
}

static void test_looks(void **state)
{
	struct link_thread *thread = start(1, 0);

	(void)state;
	await(&looks_at_all, 1);
	wake(kernel_fd);
	await(&looks, 1);
	wake(look_fd);
	await(&looks_at_all, 2);
	assert_int_equal(looks, 1);
	link_thread_close(thread);
}

/* More than there is room for: the thread waits, and none is lost. */
static void test_events(void **state)
{
	struct link_thread *thread = start(1, 1000);
	uint64_t times;

	(void)state;
	while (told < 1000) {
		if (read(news_fd, &times, sizeof(times)) != sizeof(times))
			usleep(100);
		link_thread_take(thread, note, &told);
	}
	await(&looks_at_all, 1);
	link_thread_close(thread);
	/* Nobody takes them: that does not hold up the end. */
	thread = start(1, 1000);
	link_thread_close(thread);
}

static void test_hangs(void **state)
{
	struct link_thread *thread;
	uint64_t begin;

	(void)state;
	pthread_mutex_lock(&hung);
	thread = start(1, 3);
	begin = clock_monotonic();
	assert_false(link_thread_count(thread));
	assert_true(clock_monotonic() - begin < 5 * NS_PER_SECOND);
	/* Then it is not waited for any more. */
	begin = clock_monotonic();
	for (unsigned i = 0; i < 1000; i++) {
		assert_false(link_thread_count(thread));
		link_thread_take(thread, note, &told);
	}
	assert_true(clock_monotonic() - begin < 5 * NS_PER_SECOND);
	assert_int_equal(told, 0);
	assert_int_equal(counts, 0);
	pthread_mutex_unlock(&hung);
	await(&counts, 1);
	link_thread_take(thread, note, &told);
	assert_int_equal(told, 3);
	assert_true(link_thread_count(thread));
	assert_int_equal(counts, 2);
	link_thread_close(thread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_hangs),
	};

	look_fd = eventfd(0, EFD_NONBLOCK);
	news_fd = eventfd(0, EFD_NONBLOCK);
	kernel_fd = eventfd(0, EFD_NONBLOCK);
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
