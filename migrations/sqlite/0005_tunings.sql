CREATE TABLE `tunings` (
	`id` text PRIMARY KEY NOT NULL,
	`collection_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`fingerprint` text NOT NULL,
	`reader_id` text,
	`ranking` text,
	`support` text,
	`adapter` blob,
	`report` text NOT NULL,
	`undone_at` integer
);
--> statement-breakpoint
CREATE INDEX `tunings_collection` ON `tunings` (`collection_id`);