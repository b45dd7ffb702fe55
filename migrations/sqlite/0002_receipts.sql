CREATE TABLE `answer_documents` (
	`answer_id` text NOT NULL,
	`document_id` text NOT NULL,
	PRIMARY KEY(`answer_id`, `document_id`),
	FOREIGN KEY (`answer_id`) REFERENCES `answers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `answer_documents_document` ON `answer_documents` (`document_id`);--> statement-breakpoint
CREATE TABLE `answers` (
	`id` text PRIMARY KEY NOT NULL,
	`principal_id` text NOT NULL,
	`conversation_id` text,
	`created_at` integer NOT NULL,
	`question` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`request` text NOT NULL,
	`collections` text NOT NULL,
	`generation` text NOT NULL,
	`index_version` integer NOT NULL,
	`build` text NOT NULL,
	`models` text NOT NULL,
	`prompt_hash` text,
	`seed` integer,
	`written` text,
	`trace` text NOT NULL,
	`answer` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `answers_created` ON `answers` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `answers_principal` ON `answers` (`principal_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `answers_conversation` ON `answers` (`principal_id`,`conversation_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`principal_id` text NOT NULL,
	`id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`principal_id`, `id`)
);
--> statement-breakpoint
CREATE TABLE `feedback` (
	`answer_id` text NOT NULL,
	`principal_id` text NOT NULL,
	`verdict` text NOT NULL,
	`text` text,
	`document_id` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`answer_id`, `principal_id`),
	FOREIGN KEY (`answer_id`) REFERENCES `answers`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `feedback_created` ON `feedback` (`created_at`);