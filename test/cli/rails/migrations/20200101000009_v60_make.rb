class V60Make < ActiveRecord::Migration[6.0]
  def change
    create_table :v60_teams do |t|
      t.string :name, null: false, limit: 80
      t.text :about
      t.integer :size, default: 0, limit: 2
      t.bigint :total, default: 1, null: false
      t.decimal :price, precision: 10, scale: 2, default: 0.5
      t.float :rate
      t.boolean :open, default: false, null: false
      t.datetime :seen_at
      t.timestamp :left_at
      t.time :opens
      t.date :founded, default: "2020-01-31"
      t.binary :logo
      t.json :rights
      t.jsonb :settings, null: false, default: {}
      t.string :tags, array: true, default: []
      t.string :words, array: true, default: ["a", "b c"]
      t.uuid :token, default: "gen_random_uuid()"
      t.inet :address
      t.string :email, index: { unique: true }
      t.string :code, default: "it's", collation: "C"
      t.timestamps
    end
    create_table(:v60_users, id: :uuid) { |t| t.timestamps null: false }
    create_table :v60_plain, id: false do |t|
      t.integer :a, null: false
      t.column :b, "numeric(12, 3)"
      t.index [:a, :b], unique: true, name: "v60_plain_ab"
    end
    create_table :v60_ints, id: :integer
    create_table :v60_bigs, id: :bigint
    create_table :v60_named, primary_key: :code, id: :string
    create_table :v60_people do |t|
      t.references :v60_team
      t.references :owner, polymorphic: true, null: false
      t.belongs_to :boss, foreign_key: { to_table: :v60_people, on_delete: :cascade }, index: true
    end
    create_join_table :v60_teams, :v60_people
    add_column :v60_people, :born_at, :datetime
    add_column :v60_people, :rank, :integer, null: false, default: 3
    add_column :v60_people, :salary, :decimal, precision: 12, scale: 3
    add_reference :v60_people, :friend
    add_reference :v60_people, :v60_plain, index: false, type: :bigint
    add_reference :v60_people, :item, polymorphic: true, index: true
    add_timestamps :v60_people, null: true
    add_index :v60_people, :rank
    add_index :v60_people, [:rank, :born_at], order: { born_at: :desc }, unique: true, where: "rank > 1"
    add_index :v60_people, "abs(rank), owner_id", name: "v60_expression"
    add_index :v60_teams, :settings, using: :gin, opclass: :jsonb_path_ops, name: "v60_gin"
    add_foreign_key :v60_people, :v60_teams
    add_foreign_key :v60_people, :v60_people, column: :friend_id, on_delete: :nullify, validate: false
    change_column_null :v60_people, :salary, false
    change_column_null :v60_people, :born_at, false, "2020-01-01 00:00:00"
    change_column_default :v60_people, :rank, from: 3, to: nil
    change_column_default :v60_people, :salary, 5.5
    rename_column :v60_people, :salary, :wage
  end
end
