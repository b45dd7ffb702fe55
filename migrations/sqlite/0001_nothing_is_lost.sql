CREATE TABLE `audit` (
	`sequence` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`action` text NOT NULL,
	`document_id` text,
	`principal_id` text
);
--> statement-breakpoint
CREATE TABLE `erasures` (
	`id` text PRIMARY KEY NOT NULL,
	`document_id` text NOT NULL,
	`requested_at` integer NOT NULL,
	`finished_at` integer,
	`receipt` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `recognised_pages` (
	`revision` text NOT NULL,
	`page` integer NOT NULL,
	`text` text NOT NULL,
	`confidence` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`revision`, `page`)
);
--> statement-breakpoint
ALTER TABLE `chunks` ADD `first_row` integer;--> statement-breakpoint
ALTER TABLE `chunks` ADD `last_row` integer;--> statement-breakpoint
ALTER TABLE `documents` ADD `file_stamp` text;--> statement-breakpoint
ALTER TABLE `documents` ADD `parent_id` text;--> statement-breakpoint
ALTER TABLE `documents` ADD `erasure_id` text;--> statement-breakpoint
CREATE INDEX `documents_parent` ON `documents` (`parent_id`);--> statement-breakpoint
CREATE INDEX `documents_revision` ON `documents` (`revision`);--> statement-breakpoint
CREATE UNIQUE INDEX `documents_path` ON `documents` (`source_id`,`path`) WHERE removed_at IS NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `kind` text DEFAULT 'index' NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `size_bytes` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `interruptions` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `due_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `lease_owner` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `leased_until` integer;--> statement-breakpoint
CREATE INDEX `jobs_due` ON `jobs` (`kind`,`state`,`due_at`);--> statement-breakpoint
ALTER TABLE `revisions` ADD `report` text;--> statement-breakpoint
ALTER TABLE `revisions` ADD `is_complete` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `revisions` ADD `is_counted` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `sources` ADD `watched_since` integer;--> statement-breakpoint
ALTER TABLE `sources` ADD `ignore` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `sources` ADD `max_file_bytes` integer;--> statement-breakpoint
ALTER TABLE `sources` ADD `root_identity` text;--> statement-breakpoint
ALTER TABLE `sources` ADD `reconciled_at` integer;--> statement-breakpoint
ALTER TABLE `sources` ADD `paused_at` integer;--> statement-breakpoint
ALTER TABLE `sources` ADD `pause_reason` text;