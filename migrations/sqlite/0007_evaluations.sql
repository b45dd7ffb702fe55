CREATE TABLE `evaluations` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`set` text NOT NULL,
	`build` text NOT NULL,
	`summary` text NOT NULL,
	`per_question` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `evaluations_created` ON `evaluations` (`created_at`,`id`);--> statement-breakpoint
ALTER TABLE `collections` ADD `removed_at` integer;