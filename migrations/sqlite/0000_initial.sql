CREATE TABLE `chunks` (
	`document_id` text NOT NULL,
	`revision` text NOT NULL,
	`ordinal` integer NOT NULL,
	`start` integer NOT NULL,
	`end` integer NOT NULL,
	`page` integer,
	`heading_path` text NOT NULL,
	`text_hash` text NOT NULL,
	`embedding_key` text NOT NULL,
	PRIMARY KEY(`document_id`, `revision`, `ordinal`),
	FOREIGN KEY (`document_id`) REFERENCES `documents`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `chunks_embedding` ON `chunks` (`embedding_key`);--> statement-breakpoint
CREATE TABLE `collections` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `documents` (
	`id` text PRIMARY KEY NOT NULL,
	`collection_id` text NOT NULL,
	`source_id` text NOT NULL,
	`path` text NOT NULL,
	`acl_class` text NOT NULL,
	`revision` text NOT NULL,
	`indexed_revision` text,
	`indexed_at` integer,
	`state` text NOT NULL,
	`code` text,
	`message` text,
	`media_type` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`modified_at` integer NOT NULL,
	`removed_at` integer,
	FOREIGN KEY (`collection_id`) REFERENCES `collections`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`source_id`) REFERENCES `sources`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `documents_collection` ON `documents` (`collection_id`,`id`);--> statement-breakpoint
CREATE TABLE `embeddings` (
	`key` text PRIMARY KEY NOT NULL,
	`vector` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `generations` (
	`name` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`created_at` integer NOT NULL,
	`index_version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`document_id` text NOT NULL,
	`collection_id` text NOT NULL,
	`path` text NOT NULL,
	`revision` text NOT NULL,
	`title` text,
	`state` text NOT NULL,
	`code` text,
	`message` text,
	`attempts` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `jobs_state` ON `jobs` (`state`,`created_at`);--> statement-breakpoint
CREATE INDEX `jobs_document` ON `jobs` (`document_id`);--> statement-breakpoint
CREATE TABLE `keys` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`role` text NOT NULL,
	`collections` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_hash_unique` ON `keys` (`hash`);--> statement-breakpoint
CREATE TABLE `revisions` (
	`document_id` text NOT NULL,
	`revision` text NOT NULL,
	`text_hash` text NOT NULL,
	`title` text NOT NULL,
	`pages` integer,
	`page_ranges` text NOT NULL,
	`chunk_count` integer NOT NULL,
	`warnings` text NOT NULL,
	PRIMARY KEY(`document_id`, `revision`),
	FOREIGN KEY (`document_id`) REFERENCES `documents`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `revisions_text` ON `revisions` (`text_hash`);--> statement-breakpoint
CREATE INDEX `revisions_revision` ON `revisions` (`revision`);--> statement-breakpoint
CREATE TABLE `sources` (
	`id` text PRIMARY KEY NOT NULL,
	`collection_id` text NOT NULL,
	`kind` text NOT NULL,
	`root` text NOT NULL,
	FOREIGN KEY (`collection_id`) REFERENCES `collections`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sources_root` ON `sources` (`collection_id`,`kind`,`root`);--> statement-breakpoint
CREATE TABLE `term_statistics` (
	`collection_id` text NOT NULL,
	`term` text NOT NULL,
	`chunks` integer NOT NULL,
	PRIMARY KEY(`collection_id`, `term`)
);
