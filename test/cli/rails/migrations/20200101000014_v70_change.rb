class V70Change < ActiveRecord::Migration[7.0]
  disable_ddl_transaction!

  def up
    change_column :v70_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v70_people, :rank, :bigint, using: "rank::bigint"
    change_column :v70_people, :born_at, :datetime
    change_table :v70_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v70_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v70_people, :rank
    remove_index :v70_people, name: "v70_expression"
    remove_column :v70_people, :one, :string, default: ""
    remove_columns :v70_people, :two, :handle
    remove_foreign_key :v70_people, :v70_teams
    remove_foreign_key :v70_people, column: :friend_id
    remove_reference :v70_people, :place
    remove_timestamps :v70_people
    rename_index :v70_plain, "v70_plain_ab", "v70_plain_ba"
    execute "UPDATE v70_people SET rank = 1"
    drop_table :v70_bigs
    create_table(:v70_short, id: false) { |t| t.integer :a }
    rename_table :v70_short, :v70_long
    create_table :v70_long, force: :cascade
    drop_join_table :v70_teams, :v70_people
    drop_table :v70_gone, if_exists: true, force: :cascade
    add_index :v70_people, :boss_id, algorithm: :concurrently, name: "v70_boss"
    remove_index :v70_people, name: "v70_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    add_check_constraint :v70_people, "rank > 0", name: "v70_rank", validate: false
    validate_check_constraint :v70_people, name: "v70_rank"
    remove_check_constraint :v70_people, name: "v70_rank"
    add_check_constraint :v70_people, "rank < 100"
  end
end
