<h1>お届け先の指定</h1><p id="welcome"><!--{$CustomerName1|h}-->様</p>
