/* SPDX-License-Identifier: BSD-2-Clause */
#include "tape_scene.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/crc32c.h"

struct scene scene;

/* --- what the tape calls ------------------------------------------------------ */

static uint64_t fake_boot(const struct clock *clock)
{
	return ((const struct fake_clock *)clock)->boot;
}

static uint64_t fake_wall(const struct clock *clock)
{
	return ((const struct fake_clock *)clock)->wall;
}

static void on_note(void *context, enum note_cause cause, const char *text)
{
	assert_ptr_equal(context, &scene);
	scene.notes[cause]++;
	snprintf(scene.last[cause], sizeof(scene.last[cause]), "%s", text);
}

static void on_closed(void *context, const struct tape_closed *closed)
{
	assert_ptr_equal(context, &scene);
	scene.closed_count++;
	scene.closed = *closed;
	snprintf(scene.closed_path, sizeof(scene.closed_path), "%s", closed->path);
	scene.closed.path = scene.closed_path;
}

static bool on_busy(void *context, uint64_t sequence, bool delete)
{
	assert_ptr_equal(context, &scene);
	scene.deleted_count += delete;
	return scene.busy_first <= sequence && sequence <= scene.busy_last;
}

/* --- fixture ------------------------------------------------------------------ */

int scene_new(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof(scene));
	/* Thousands of files come and go. */
	if (scratch_make(SCRATCH_MEMORY) < 0)
		return -1;
	scene.dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scene.clock = (struct fake_clock){.clock = {fake_boot, fake_wall},
					  .boot = 1000 * NS_PER_SECOND,
					  .wall = SCENE_WALL};
	scene.naming = (struct segment_naming){.style = NAME_DIRECTORY,
					       .path = scratch_dir,
					       .interface = "eth0",
					       .extension = "pcapng"};
	scene.mode = 0600;
	return scene.dir < 0;
}

int scene_drop(void **state)
{
	(void)state;
	scene_stop();
	close(scene.dir);
	return scratch_remove();
}

void scene_mount(uint64_t bytes)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%llu,mode=755", (unsigned long long)bytes);
	if (geteuid() != 0 || mount("none", scratch_dir, "tmpfs", 0, options) < 0)
		skip();
	close(scene.dir);
	scene.dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int scene_drop_mounted(void **state)
{
	scene_stop();
	close(scene.dir);
	scene.dir = -1;
	(void)umount2(scratch_dir, MNT_DETACH);
	return scene_drop(state);
}

struct tape_config scene_config(void)
{
	return (struct tape_config){
		.path = scratch_dir,
		.file_mode = scene.mode,
		.sync = scene.sync,
		.adopt = scene.adopt,
		.slice_bytes = scene.slice_bytes,
		.naming = &scene.naming,
		.rotation = &scene.rotation,
		.clock = &scene.clock.clock,
		.note = on_note,
		.closed = on_closed,
		.busy = on_busy,
		.context = &scene,
	};
}

void scene_start(void)
{
	struct tape_config config = scene_config();
	struct error err = {0};

	tape_open(&config, &scene.tape, &err);
	assert_string_equal(err.text, "");
	tape_adopt(scene.tape, &err);
	assert_string_equal(err.text, "");
}

void scene_stop(void)
{
	tape_close(scene.tape);
	scene.tape = NULL;
}

void scene_restart(void)
{
	scene_stop();
	scene_start();
}

void scene_reboot(uint64_t boot_ns)
{
	char id[MANIFEST_BOOT_ID + 1] = "", *text, *at;
	static unsigned boots;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	assert_int_equal(read(fd, id, MANIFEST_BOOT_ID), MANIFEST_BOOT_ID);
	close(fd);
	scene_stop();
	text = scene_read_manifest();
	boots++;
	for (at = text; (at = strstr(at, id)); at += 8) {
		char other[9];

		snprintf(other, sizeof(other), "%08x", boots);
		memcpy(at, other, 8);
	}
	scene_write_summed(text);
	free(text);
	scene.clock.boot = boot_ns;
	scene_start();
}

void scene_pass(uint64_t ns)
{
	scene.clock.boot += ns;
	scene.clock.wall += ns;
}

/* --- segments ----------------------------------------------------------------- */

struct tape_segment scene_begin(uint64_t bytes)
{
	struct tape_segment segment;
	struct error err = {0};

	tape_create(scene.tape, &segment, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(tape_grant(scene.tape, &segment, bytes, true), 0);
	return segment;
}

void scene_write(const struct tape_segment *segment, uint64_t bytes)
{
	static char data[65536] = {1};
	off_t end = lseek(segment->fd, 0, SEEK_END);

	while (bytes > 0) {
		size_t part = bytes < sizeof(data) ? bytes : sizeof(data);

		assert_int_equal(pwrite(segment->fd, data, part, end), part);
		end += (off_t)part;
		bytes -= part;
	}
}

const char *scene_publish(struct tape_segment *segment)
{
	const struct tape_closed closed = {.packets = 1};
	unsigned before = scene.closed_count;

	assert_int_equal(tape_publish(scene.tape, segment, scene.clock.wall, &closed, false), 0);
	assert_int_equal(segment->fd, -1);
	assert_int_equal(scene.closed_count, before + 1);
	return strrchr(scene.closed_path, '/') + 1;
}

const char *scene_record(uint64_t bytes)
{
	struct tape_segment segment = scene_begin(bytes);

	scene_write(&segment, bytes);
	return scene_publish(&segment);
}

/* --- files -------------------------------------------------------------------- */

void scene_put_file(const char *name, const char *text)
{
	int fd = openat(scene.dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

void scene_expect_file(const char *name, const char *text)
{
	char got[256] = "";
	int fd = openat(scene.dir, name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, got, sizeof(got) - 1), strlen(text));
	assert_string_equal(got, text);
	close(fd);
}

bool scene_has(const char *name)
{
	return faccessat(scene.dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

struct stat scene_stat(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(scene.dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

/* What a name takes, if there is such. */
static uint64_t disk_bytes_of(const char *name)
{
	return scene_has(name) ? (uint64_t)scene_stat(name).st_blocks * 512 : 0;
}

uint64_t scene_segment_bytes(void)
{
	return scene_disk_bytes() - disk_bytes_of(MANIFEST_NAME) - disk_bytes_of(MANIFEST_PREVIOUS);
}

/* What the directory holds. */
struct tally {
	unsigned entries, segments;
	uint64_t disk_bytes;
};

static struct tally count_up(void)
{
	struct tally tally = {0};
	struct dirent *entry;
	DIR *d = opendir(scratch_dir);

	assert_non_null(d);
	while ((entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		tally.entries +=
			strncmp(entry->d_name, MANIFEST_PREVIOUS, strlen(MANIFEST_PREVIOUS)) != 0;
		if (strncmp(entry->d_name, "foreign", 7) == 0)
			continue;
		tally.segments += *entry->d_name != '.';
		tally.disk_bytes += (uint64_t)scene_stat(entry->d_name).st_blocks * 512;
	}
	closedir(d);
	return tally;
}

unsigned scene_entries(void)
{
	return count_up().entries;
}

unsigned scene_segments(void)
{
	return count_up().segments;
}

uint64_t scene_disk_bytes(void)
{
	return count_up().disk_bytes;
}

void scene_expect_within(void)
{
	const struct rotation *r = &scene.rotation;
	struct tally tally = count_up();
	uint64_t manifest = (uint64_t)scene_stat(MANIFEST_NAME).st_blocks * 512;

	/* As much again is taken while a manifest is replaced by a new one. */
	assert_true(tally.disk_bytes + manifest <= tape_used_bytes(scene.tape));
	if (r->budget_bytes)
		assert_true(tally.disk_bytes + manifest <= r->budget_bytes);
	if (r->files)
		assert_true(tally.segments <= r->files && tape_files(scene.tape) <= r->files);
}

char *scene_read_manifest(void)
{
	int fd = openat(scene.dir, MANIFEST_NAME, O_RDONLY | O_CLOEXEC);
	off_t bytes = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)bytes + 1);

	assert_true(fd >= 0);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)bytes, 0), bytes);
	close(fd);
	return text;
}

void scene_write_manifest(const char *text)
{
	scene_put_file(MANIFEST_NAME, text);
}

void scene_write_summed(const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t room = 2 * strlen(text) + 64, used = 0;
	char *summed = calloc(1, room);

	assert_non_null(summed);
	for (const char *end; *text; text = end + (*end == '\n')) {
		end = strchrnul(text, '\n');
		if (strncmp(text, "wiretape-", 9) == 0) {
			used += (size_t)sprintf(summed + used, "%.*s\n", (int)(end - text), text);
			continue;
		}
		if (strspn(text, digits) == 8)
			text += 9;
		used += (size_t)sprintf(summed + used, "%08x %.*s\n",
					crc32c(text, (size_t)(end - text)), (int)(end - text),
					text);
		assert_true(used < room);
	}
	scene_write_manifest(summed);
	free(summed);
}
