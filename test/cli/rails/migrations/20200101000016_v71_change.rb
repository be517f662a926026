class V71Change < ActiveRecord::Migration[7.1]
  disable_ddl_transaction!

  def up
    change_column :v71_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v71_people, :rank, :bigint, using: "rank::bigint"
    change_column :v71_people, :born_at, :datetime
    change_table :v71_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v71_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v71_people, :rank
    remove_index :v71_people, name: "v71_expression"
    remove_column :v71_people, :one, :string, default: ""
    remove_columns :v71_people, :two, :handle
    remove_foreign_key :v71_people, :v71_teams
    remove_foreign_key :v71_people, column: :friend_id
    remove_reference :v71_people, :place
    remove_timestamps :v71_people
    rename_index :v71_plain, "v71_plain_ab", "v71_plain_ba"
    execute "UPDATE v71_people SET rank = 1"
    drop_table :v71_bigs
    create_table(:v71_short, id: false) { |t| t.integer :a }
    rename_table :v71_short, :v71_long
    create_table :v71_long, force: :cascade
    drop_join_table :v71_teams, :v71_people
    drop_table :v71_gone, if_exists: true, force: :cascade
    add_index :v71_people, :boss_id, algorithm: :concurrently, name: "v71_boss"
    remove_index :v71_people, name: "v71_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    add_check_constraint :v71_people, "rank > 0", name: "v71_rank", validate: false
    validate_check_constraint :v71_people, name: "v71_rank"
    remove_check_constraint :v71_people, name: "v71_rank"
    add_check_constraint :v71_people, "rank < 100"
    add_unique_constraint :v71_people, [:rank, :boss_id], deferrable: :deferred
    add_exclusion_constraint :v71_people, "rank WITH =", using: :btree, name: "v71_excl"
    add_index :v71_teams, [:name, :about, :founded, :opens, :left_at, :seen_at]
    add_foreign_key :v71_people, :v71_people, column: :friend_id, validate: false, on_update: :restrict
    validate_foreign_key :v71_people, column: :friend_id
    change_column_comment :v71_people, :rank, "how high"
    change_table_comment :v71_people, from: nil, to: "us"
    add_column :v71_people, :doubled, :virtual, type: :integer, as: "id * 2", stored: true
    add_index :v71_people, :boss_id, include: [:rank], nulls_not_distinct: true, unique: true, name: "v71_inc"
    add_column :v71_people, :at, :datetime, precision: nil, comment: "it's"
  end
end
